module metawasm

go 1.24
