module bench-go

go 1.24

require (
	metawasm v0.0.0
	ordered-set v0.0.0
)

replace (
	metawasm => ../../../sdk/go
	ordered-set => ../../../examples/hooks/ordered-set/go
)
