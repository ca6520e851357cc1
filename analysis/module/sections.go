package module

import "slices"

// The sections of a WebAssembly module.
const (
	sectionCustom = iota
	sectionTypes
	sectionImports
	sectionFunctions
	sectionTables
	sectionMemories
	sectionGlobals
	sectionExports
	sectionStart
	sectionElements
	sectionCode
	sectionData
	sectionDataCount
)

// section walks one section to its end.
func (r *reader) section(id byte, pages uint32) {
	switch id {
	case sectionCustom:
		r.custom()
	case sectionTypes:
		r.each(r.functionType)
	case sectionImports:
		r.each(r.functionImport)
	case sectionFunctions:
		r.each(func() { r.u32() })
	case sectionTables:
		r.tables()
	case sectionMemories:
		r.memories(pages)
	case sectionGlobals:
		r.each(r.global)
	case sectionExports:
		r.each(r.export)
	case sectionDataCount:
		r.u32()
	case sectionElements:
		r.each(r.elements)
	case sectionCode:
		r.each(r.code)
	case sectionData:
		r.each(r.data)
	default:
		r.fail("section %d is not taken", id)
	}
	if r.err == nil && len(r.rest) > 0 {
		r.fail("section %d has bytes after its end", id)
	}
}

// custom skips a custom section. One of names is refused: a stripped module has
// none, and the runtime would decode it.
func (r *reader) custom() {
	name := string(r.take(r.u32()))
	if name == "name" {
		r.fail("it was not stripped of its names")
	}
	r.rest = nil
}

func (r *reader) functionType() {
	r.want(0x60, "type")
	r.each(r.valueType)
	r.each(r.valueType)
}

// valueType reads i32, i64, f32 or f64.
func (r *reader) valueType() {
	if t := r.byte(); t < 0x7c || t > 0x7f {
		r.fail("value type %#x is not taken", t)
	}
}

// imports are the functions that a module may ask for. They are what a Go
// program for wasip1 links; everything else, renumbering of files for one, is
// refused before it can run.
var imports = []string{
	"args_get", "args_sizes_get", "clock_time_get", "environ_get", "environ_sizes_get",
	"fd_close", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_filestat_get", "fd_pread", "fd_prestat_dir_name",
	"fd_prestat_get", "fd_pwrite", "fd_read", "fd_readdir", "fd_seek", "fd_sync", "fd_write",
	"path_create_directory", "path_filestat_get", "path_filestat_set_times", "path_link", "path_open",
	"path_readlink", "path_remove_directory", "path_rename", "path_symlink", "path_unlink_file",
	"fd_filestat_set_size", "poll_oneoff", "proc_exit", "random_get", yieldName, "sock_accept", "sock_shutdown",
}

func (r *reader) functionImport() {
	from, name := string(r.take(r.u32())), string(r.take(r.u32()))
	r.want(0, "import of kind")
	r.u32()
	if r.err == nil && (from != yieldModule || !slices.Contains(imports, name)) {
		r.fail("it asks for %q of %q", name, from)
	}
}

func (r *reader) tables() {
	var sum uint64
	r.each(func() {
		r.want(0x70, "table of")
		sum += uint64(r.limits())
	})
	if sum > maxTable {
		r.fail("its tables start with %d elements, more than %d", sum, maxTable)
	}
}

func (r *reader) memories(pages uint32) {
	n := 0
	r.each(func() {
		if least := r.limits(); least > pages {
			r.fail("its memory starts with %d pages of 64 KiB, %d are allowed", least, pages)
		}
		if n++; n > 1 {
			r.fail("it has several memories, one is allowed")
		}
	})
}

func (r *reader) global() {
	r.valueType()
	r.byte()
	r.constant()
}

// constant reads one constant of a number.
func (r *reader) constant() {
	switch op := r.byte(); op {
	case 0x41:
		r.leb(5)
	case 0x42:
		r.leb(10)
	case 0x43:
		r.take(4)
	case 0x44:
		r.take(8)
	default:
		r.fail("constant %#x is not taken", op)
	}
	r.want(0x0b, "constant that ends with")
}

func (r *reader) export() {
	r.take(r.u32())
	r.byte()
	r.u32()
}

func (r *reader) elements() {
	r.want(0, "elements of kind")
	r.constant()
	r.each(func() { r.u32() })
}

// code reads the head of one function; its instructions allocate nothing.
func (r *reader) code() {
	n := r.u32()
	if n > maxBody {
		r.fail("a function has %d bytes, more than %d", n, maxBody)
	}
	body := reader{rest: r.take(n)}
	var locals uint64
	body.each(func() {
		locals += uint64(body.u32())
		body.valueType()
	})
	if locals > maxLocals {
		body.fail("a function has %d locals, more than %d", locals, maxLocals)
	}
	if body.err != nil {
		r.fail("%w", body.err)
	}
}

func (r *reader) data() {
	r.want(0, "data of kind")
	r.constant()
	r.take(r.u32())
}
