module workload

go 1.24

require metawasm v0.0.0

replace metawasm => ../../../sdk/go
