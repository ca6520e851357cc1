// Command custos is the server and the operator's command line.
//
// Exit codes: 0 done; 1 refused, failed, or a difference was found; 2 wrong use;
// 3 cannot tell; 4 internal fault.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"custos.example/analysis/registry"
	"custos.example/custody"
	"custos.example/custody/sandbox"
	"custos.example/ledger/sign"
)

// The exit codes of design and documents.
const (
	exitDone     = 0
	exitRefused  = 1
	exitUsage    = 2
	exitCantTell = 3
	exitFault    = 4
)

// errUsage marks an error of the command line itself.
var errUsage = errors.New("wrong use")

func main() {
	if sandbox.Called(os.Args) {
		os.Exit(sandbox.Serve(registry.Find))
	}
	if err := refuseCores(); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "custos: this process could be dumped to disk: %v\n", err)
	}
	alone(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out one command line and returns its exit code; a panic is code 4.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			_, _ = fmt.Fprintf(stderr, "custos: an internal fault; nothing half-done was kept. Report this:\n%s\n%s", visibleText(fmt.Sprint(r)), debug.Stack())
			code = exitFault
		}
	}()
	root := newRoot() //nolint:contextcheck // ExecuteContext hands it on
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	_, _ = fmt.Fprintf(stderr, "custos: %s\n", visibleText(inWords(err)))
	return exitCode(err)
}

// inWords is what is said of an error: of a file that is missing, a folder or closed to the user, which file and what is wanted.
func inWords(err error) string {
	said := err.Error()
	var file *fs.PathError
	if !errors.As(err, &file) {
		return said
	}
	words := file.Error()
	switch {
	case errors.Is(file.Err, fs.ErrNotExist):
		words = "there is no file or folder " + file.Path
	case errors.Is(file.Err, fs.ErrPermission):
		words = file.Path + " may not be read or written by you"
	case errors.Is(file.Err, syscall.EISDIR):
		words = file.Path + " is a folder; a file is wanted"
	case errors.Is(file.Err, syscall.ENOTDIR):
		words = "a part of " + file.Path + " is a file; a folder is wanted"
	}
	return strings.Replace(said, file.Error(), visible(words), 1)
}

// exitCode is the one table from errors to exit codes.
func exitCode(err error) int {
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	if errors.Is(err, errCannotTell) {
		return exitCantTell
	}
	for _, known := range []error{
		custody.ErrInvalid, custody.ErrDenied, custody.ErrNotFound, custody.ErrConflict, custody.ErrPushback,
		custody.ErrIntegrity, os.ErrNotExist, os.ErrExist, os.ErrPermission, syscall.EISDIR, syscall.ENOTDIR, errDifference, errFolderPassphrase, sign.ErrPassphrase, context.Canceled,
	} {
		if errors.Is(err, known) {
			return exitRefused
		}
	}
	return exitFault
}

// errDifference says that a check found something.
var errDifference = errors.New("a difference was found")

// errCannotTell says that a check could not be made.
var errCannotTell = errors.New("this cannot be told")
