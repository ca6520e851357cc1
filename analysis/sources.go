package analysis

import "embed"

// Sources holds the source text and the data of every step, of this package
// and of the module's main, as they were compiled into this binary. The digest
// of a module's sources is taken over it (package module).
// Shape: paths are relative to this folder; test files are among them.
//
//go:embed *.go opinion.txt event/*.go event/*.csv event/*.txt event/*.zip source/*.go source/profiles/*.yaml
//go:embed basemap/*.go cell/*.go celltable/*.go celltable/profiles/*.yaml delimited/*.go grid/*.go paper/*.go step/*.go render/*.go registry/*.go rowtree/*.go module/guest/*.go module/wasi/*.go
var Sources embed.FS
