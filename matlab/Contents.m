% LCODEC Conditional dependence and feature selection.
% Version 0.1.0 23-Nov-2026
%
% Coefficients
%   codec           - Coefficient of conditional dependence T(Y, Z | X)
%   lcodec          - Randomised coefficient, on data with small noise
%   xi              - Chatterjee's rank correlation
%   codec_test        - Test of (conditional) independence with CODEC
%   codec_tests       - The same test for many columns at once
%   codec_matrix      - Coefficients and tests of all ordered pairs of columns
%   plot_codec_matrix - Heat map of the coefficients of codec_matrix
%   codec_interval    - T(Y, Z | X) with its standard error and an interval
%   xi_interval       - Rank correlation with its standard error and an interval
%
% Feature selection
%   foci            - Select features by conditional dependence
%   lfoci           - Randomised FOCI, on a table with small noise
%   foci_stability  - How often FOCI selects each column on subsamples
%   codec_scores    - Coefficients of every column at once, one step of FOCI
%
% Graphs
%   foci_graph      - FOCI of every column on all the others
%   plot_foci_graph - Draw the graph of foci_graph on a circle
%
% The folder examples has scripts that show them in use, and that PUBLISH turns
% into pages: getting_started, foci_wine, randomised_lcodec.
