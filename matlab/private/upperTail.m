function tail = upperTail(t)
%UPPERTAIL P(N(0, 1) >= t) of a number t, the same bits as in Python.
%   Accurate to about 1 part in 1e15; 0 from t = 37.5 on, where it is below 1e-307. The Taylor
%   series of the integral near 0 and Laplace's continued fraction beyond it (Abramowitz & Stegun
%   26.2.11 and 26.2.14), both times the density.
a = abs(t);
if a > 37.5
  tail = 0;
else
  head = floor(a * 16) / 16;  % its square is exact, so that ieeeExp keeps all its digits
  density = ieeeExp(-0.5 * (head * head)) * ieeeExp(-0.5 * ((a - head) * (a + head))) * ...
            0.3989422804014327;
  if a < 1.5
    series = 1;
    for k = 45:-2:3
      series = 1 + a * a * series / k;
    end
    tail = 0.5 - density * (a * series);
  else
    fraction = a;
    for k = 200:-1:1
      fraction = a + k / fraction;
    end
    tail = density / fraction;
  end
end
if t < 0
  tail = 1 - tail;
end
end
