module bench-race

go 1.24

require workload v0.0.0

require metawasm v0.0.0 // indirect

replace (
	metawasm => ../../../../sdk/go
	workload => ../../../hooks/go
)
