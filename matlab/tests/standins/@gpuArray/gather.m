function numbers = gather(value)
%GATHER The numbers, in host memory.
numbers = value.numbers;
end
