package faults_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// middle is the median of something over samples.
func middle(of []sample, value func(sample) float64) float64 {
	all := make([]float64, len(of))
	for i, s := range of {
		all[i] = value(s)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// medians is what samples say in the middle: a soak that is cut short has still said it.
func medians(of []sample) string {
	return fmt.Sprintf("%v: resident %.0f KiB (its own %.0f, in use %.0f), descriptors %.0f, goroutines %.0f, 99 of 100 within %v", of[len(of)-1].At.Round(time.Second),
		middle(of, func(s sample) float64 { return float64(s.Resident) }), middle(of, func(s sample) float64 { return float64(s.Own) }),
		middle(of, func(s sample) float64 { return float64(s.Live) }),
		middle(of, func(s sample) float64 { return float64(s.Descriptors) }), middle(of, func(s sample) float64 { return float64(s.Goroutines) }),
		time.Duration(middle(of, func(s sample) float64 { return float64(s.Slow) })).Round(time.Millisecond))
}

// drift is what changed in a soak after its first quarter, in which memory fills.
type drift struct {
	resident, own          float64 // share that an hour adds: the slope over all of that time
	descriptors, goroutine int     // added from the second quarter to the last, of their medians
	slow                   float64 // share that was added from the second quarter to the last
}

// driftOf is the drift of a soak.
func driftOf(samples []sample) drift {
	quarter := len(samples) / 4
	filled, early, late := samples[quarter:], samples[quarter:2*quarter], samples[3*quarter:]
	between := func(value func(sample) float64) (from, to float64) { return middle(early, value), middle(late, value) }
	fd0, fd1 := between(func(s sample) float64 { return float64(s.Descriptors) })
	go0, go1 := between(func(s sample) float64 { return float64(s.Goroutines) })
	slow0, slow1 := between(func(s sample) float64 { return float64(s.Slow) })
	return drift{
		slope(filled, func(s sample) float64 { return float64(s.Resident) }), slope(filled, func(s sample) float64 { return float64(s.Own) }),
		int(fd1 - fd0), int(go1 - go0), (slow1 - slow0) / slow0,
	}
}

// slope is what an hour adds to a value, as a share of its median: the median of the slopes
// between every two samples (Theil and Sen). What is resident wanders by a few parts in a
// hundred, with what the collector gives back and what the system takes from the pages of
// files, and two quarters alone would be compared at whatever it then is.
func slope(samples []sample, value func(sample) float64) float64 {
	var all []float64
	for i, s := range samples {
		for _, later := range samples[i+1:] {
			all = append(all, (value(later)-value(s))/(later.At-s.At).Hours())
		}
	}
	slices.Sort(all)
	return all[len(all)/2] / middle(samples, value)
}

// faults says what of a drift is too much. A short soak is too short to tell a
// slope of memory from noise, of which it is asked not to double, or one of
// slowness.
func (d drift) faults(whole bool, lasted time.Duration) (faults []string) {
	memory := 1 / lasted.Hours()
	if whole {
		memory = 0.01
	}
	if d.resident > memory {
		faults = append(faults, fmt.Sprintf("memory grows by %.1f %% an hour", 100*d.resident))
	}
	if d.descriptors > 8 {
		faults = append(faults, fmt.Sprintf("%d more descriptors", d.descriptors))
	}
	if d.goroutine > 16 {
		faults = append(faults, fmt.Sprintf("%d more goroutines", d.goroutine))
	}
	if whole && d.slow > 0.20 {
		faults = append(faults, fmt.Sprintf("99 of 100 answers take %.0f %% longer", 100*d.slow))
	}
	return faults
}

// TestDrift draws soaks of 150 minutes in which what is resident wanders by four parts in a
// hundred, over the better part of an hour: one that grows by nothing has no fault nine times
// in ten at the least, and one that grows by a twentieth an hour has it each time.
func TestDrift(t *testing.T) {
	draws := rand.New(rand.NewPCG(7, 7))
	grown := func(an float64) (found int) {
		for range 200 {
			var samples []sample
			turn := 2 * math.Pi * draws.Float64()
			for i := range 200 {
				at := time.Duration(i+1) * 45 * time.Second
				wander := 0.03*math.Sin(turn+2*math.Pi*at.Minutes()/40) + 0.01*draws.NormFloat64()
				size := 140_000 * (1 + an*at.Hours() + wander)
				samples = append(samples, sample{At: at, Resident: int(size), Own: int(size), Slow: 50 * time.Millisecond})
			}
			if len(driftOf(samples).faults(true, 150*time.Minute)) > 0 {
				found++
			}
		}
		return found
	}
	level, slight, rising := grown(0), grown(0.02), grown(0.05)
	t.Logf("of 200 soaks that grow by nothing %d have a fault, by a fiftieth an hour %d, by a twentieth %d", level, slight, rising)
	if level > 20 || rising < 200 {
		t.Error("a fault is found where there is none, or is not where there is one")
	}
}
