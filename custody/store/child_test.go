package store

import (
	"context"
	"fmt"

	"custos.example/custody"
)

// runChild is what this test binary does as another process.
func runChild(role, url string) error {
	ctx := context.Background()
	switch role {
	case "open":
		s, err := Open(ctx, childConfig(url))
		if err != nil {
			return err
		}
		return s.Close()
	}
	return fmt.Errorf("no such role: %s", role)
}

func childConfig(url string) Config {
	return Config{URL: url, Sealer: newTestSealer(7), Project: projectItems, Clock: newTestClock()}
}

var _ custody.Clock = (*testClock)(nil)
