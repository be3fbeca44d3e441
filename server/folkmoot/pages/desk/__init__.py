"""The organisers' desk: a meeting made, prepared, put on air and looked after."""
