// Package faults owns the harnesses that break a whole custos from outside: they
// cut its power, fail its system calls, fill its disk, put its folders back,
// run two of it on one folder and leave it running for hours. It holds tests
// only, and no part of the product.
//
// Each harness runs the real parts together (cmd/custos/wiring), most of them in
// another process, and judges by what the clients were told: their
// acknowledgements and receipts are kept where the fault cannot reach them.
// Nothing acknowledged may be lost, moved or contradicted, and fsck must find
// nothing. Each has a control in the same run that has to be caught, and prints
// one line PROOF; CUSTOS_LONG=1 is the whole of a harness instead of a slice.
//
// It never tests one part alone: such tests stand beside that part.
package faults
