package store

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestUncheckedLine wants each address told of under which another server could answer in
// the place of the database. The controls stay on this machine, or check the certificate.
func TestUncheckedLine(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://u@db.example/custos":                                                "db.example",
		"postgres://u@db.example/custos?sslmode=disable":                                "db.example",
		"postgres://u@db.example/custos?sslmode=prefer":                                 "db.example",
		"postgres://u@db.example/custos?sslmode=require":                                "db.example",
		"postgres://u@192.0.2.7/custos?sslmode=allow":                                   "192.0.2.7",
		"postgres://u@localhost,db.example/custos?sslmode=require":                      "db.example",
		"postgres://u@db.example/custos?sslmode=verify-full":                            "",
		"postgres://u@a.example,b.example/custos?sslmode=verify-full":                   "",
		"postgres://u@localhost/custos?sslmode=disable":                                 "",
		"postgres://u@127.0.0.1:5432/custos":                                            "",
		"postgres://u@[::1]:5432/custos":                                                "",
		"postgres://u@/custos?host=/var/run/postgresql&target_session_attrs=read-write": "",
	} {
		config, err := pgx.ParseConfig(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := uncheckedLine(config); got != want {
			t.Errorf("%s: %q, not %q", address, got, want)
		}
	}
}
