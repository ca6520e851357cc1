// Package module runs the steps of analysis inside one WebAssembly module, the
// reference of every result: compilers and libraries change their bytes, an
// archived module does not.
//
// It owns the WebAssembly runtime (nothing else imports it), the layout of a
// run as the host sees it, the module that this binary carries, and the answer
// to whether this binary's own steps may stand in for it. MODULE.md says how
// anyone can run the module without us.
//
// It never gives a module a clock, randomness, an environment, a network or a
// folder of the host: a module sees its inputs, its outputs and scratch.
// A module is hostile until its digest has been compared, and bounded after.
package module
