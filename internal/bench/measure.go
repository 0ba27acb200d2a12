package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// sample is what one run of a job has cost, per operation.
type sample struct {
	CPU     float64 // ms, user and system
	Wall    float64 // ms
	Bytes   float64 // allocated
	Mallocs float64
	Peak    float64 // resident bytes of the process at the most
	Tally   tally
}

// measure runs one job in this process, which does nothing else, and writes the sample on stdout.
func measure(ctx context.Context, jobName, client, server string) error {
	for _, j := range jobs {
		if j.name != jobName {
			continue
		}
		s, err := newSubject(client, j.site(server, client))
		if err != nil {
			return err
		}
		result, err := j.measure(ctx, s)
		if err != nil {
			return fmt.Errorf("%s by %s: %w", j.name, client, err)
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	return fmt.Errorf("no job %q", jobName)
}

func (j *job) measure(ctx context.Context, s subject) (sample, error) {
	var warm, t tally
	for n := range j.ops / 10 { // connect and fill the pools, where single operations count
		if err := j.run(ctx, s, n, &warm); err != nil {
			return sample{}, err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	for n := range j.ops {
		if err := j.run(ctx, s, n, &t); err != nil {
			return sample{}, err
		}
	}
	wall, used := time.Since(start), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	ops := float64(j.ops)
	return sample{
		CPU:     used.Seconds() * 1e3 / ops,
		Wall:    wall.Seconds() * 1e3 / ops,
		Bytes:   float64(after.TotalAlloc-before.TotalAlloc) / ops,
		Mallocs: float64(after.Mallocs-before.Mallocs) / ops,
		Peak:    peak(&after),
		Tally:   t,
	}, nil
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peak is the most memory that this process has had. Rusage will not do: it begins with what the parent had. Where the
// system does not tell, it is what the runtime has taken from it.
func peak(stats *runtime.MemStats) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range bytes.Lines(status) {
			if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
				if kb, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64); err == nil {
					return kb * 1024
				}
			}
		}
	}
	return float64(stats.Sys)
}
