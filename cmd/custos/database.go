package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
)

func databaseCommand(s *settings) *cobra.Command {
	return group("database", "the database, the roles of PostgreSQL, and the way from one to another", databasePrepare(s), databaseShow(s), databaseMove(s))
}

func databasePrepare(s *settings) *cobra.Command {
	var service, reader string
	c := &cobra.Command{
		Use: "prepare", Short: "make or upgrade the tables, as their owner, and give two other roles their rights", Args: cobra.NoArgs,
		Long: "Run it with --sql and the address of the role that owns the database, before custos init and after each upgrade. The service\n" +
			"may then add to the record and take nothing away; the reader may read it. deploy/postgres-roles.sql makes the roles.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.sql == "" {
				return fmt.Errorf("%w: say which database with --sql and the address of its owner", errUsage)
			}
			if err := wiring.PrepareDatabase(cmd.Context(), s.sql, s.line(), service, reader); err != nil {
				return err
			}
			return s.answer(cmd, map[string]string{"service": service, "reader": reader}, func(w io.Writer) {
				say(w, "The tables are made. %s may add to the record and take nothing away; %s may read it.", service, reader)
				say(w, "Start the service with the address of %s. Erasure, custos rebuild and upgrades need the owner's.", service)
			})
		},
	}
	c.Flags().StringVar(&service, "service", "custos_service", "role of the service")
	c.Flags().StringVar(&reader, "reader", "custos_reader", "role of those who only read")
	return c
}

func databaseShow(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "say what the role of a database's address may do with the record", Args: cobra.NoArgs,
		Long: "Exit code 1: the role could do more than the service needs, or less, or nobody checks that it is the database that answers.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.sql == "" {
				return fmt.Errorf("%w: say which database with --sql", errUsage)
			}
			p, err := wiring.DatabasePowers(cmd.Context(), s.sql, s.line())
			if err != nil {
				return err
			}
			if err := s.answer(cmd, p, func(w io.Writer) {
				say(w, "Role %s", p.Role)
				for _, warning := range p.Warnings() {
					say(w, "WARNING  %s", warning)
				}
				if len(p.Missing) > 0 {
					say(w, "MISSING  %s", strings.Join(p.Missing, ", "))
				}
				if p.Fits() {
					say(w, "It may do what the service needs, and nothing else.")
				}
			}); err != nil {
				return err
			}
			if !p.Fits() {
				return fmt.Errorf("%w: the role %s is not that of a service", errDifference, p.Role)
			}
			return nil
		},
	}
}
