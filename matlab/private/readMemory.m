function value = readMemory(value)
%READMEMORY Return the option 'memory_limit' in bytes; [] is a quarter of the machine's memory.
if isnumeric(value) && isempty(value)
  value = machineMemory() / 4;
else
  value = readWhole(value, 'memory_limit', 2^20);
end
end

function bytes = machineMemory()
% MATLAB's function memory is there on Windows only; 4 GiB where nothing tells.
bytes = 2^32;
try
  [~, system] = memory();
  bytes = system.PhysicalMemory.Total;
catch
  if exist('/proc/meminfo', 'file')
    total = regexp(fileread('/proc/meminfo'), 'MemTotal:\s+(\d+) kB', 'tokens', 'once');
    bytes = 1024 * str2double(total{1});
  end
end
end
