package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// figures are the medians of a job over all rounds. A ratio is the median of the ratios to bare within each round.
type figures struct {
	Job     string  `json:"job"`
	Client  string  `json:"client"`
	CPU     float64 `json:"cpu_ms"`
	Wall    float64 `json:"wall_ms"`
	Bytes   float64 `json:"bytes"`
	Mallocs float64 `json:"mallocs"`
	Peak    float64 `json:"peak_bytes"`

	CPURatio   float64 `json:"cpu_ratio,omitempty"`
	BytesRatio float64 `json:"bytes_ratio,omitempty"`
	WallRatio  float64 `json:"wall_ratio,omitempty"`

	title string
}

// goal is a bound on a figure.
type goal struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	Met   bool    `json:"met"`
}

type report struct {
	Rounds  int       `json:"rounds"`
	Figures []figures `json:"figures"`
	Created counts    `json:"created"`
	Goals   []goal    `json:"goals"`
}

// counts says how many issues the server has for each client, of the 500 that were to be created.
type counts struct {
	Wanted int `json:"wanted"`
	Bare   int `json:"bare"`
	SDK    int `json:"sdk"`
}

// samples are the results of a job by client, one for each round.
type samples map[string][]sample

func summarize(j job, s samples) []figures {
	var all []figures
	for _, client := range j.clients() {
		f := figures{
			Job: j.name, title: j.title, Client: client,
			CPU:     median(s[client], func(x sample) float64 { return x.CPU }),
			Wall:    median(s[client], func(x sample) float64 { return x.Wall }),
			Bytes:   median(s[client], func(x sample) float64 { return x.Bytes }),
			Mallocs: median(s[client], func(x sample) float64 { return x.Mallocs }),
			Peak:    median(s[client], func(x sample) float64 { return x.Peak }),
		}
		if client != "bare" {
			f.CPURatio = ratio(s[client], s["bare"], func(x sample) float64 { return x.CPU })
			f.BytesRatio = ratio(s[client], s["bare"], func(x sample) float64 { return x.Bytes })
			f.WallRatio = ratio(s[client], s["bare"], func(x sample) float64 { return x.Wall })
		}
		all = append(all, f)
	}
	return all
}

func median(s []sample, of func(sample) float64) float64 {
	values := make([]float64, len(s))
	for i := range s {
		values[i] = of(s[i])
	}
	return middle(values)
}

func ratio(s, to []sample, of func(sample) float64) float64 {
	values := make([]float64, len(s))
	for i := range s {
		values[i] = of(s[i]) / of(to[i])
	}
	return middle(values)
}

func middle(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func (r *report) get(jobName, client string) figures {
	for _, f := range r.Figures {
		if f.Job == jobName && f.Client == client {
			return f
		}
	}
	return figures{}
}

// judge compares the figures with the goals.
func (r *report) judge() {
	atMost := func(name string, value, limit float64) {
		r.Goals = append(r.Goals, goal{name, value, limit, value <= limit})
	}
	for _, job := range []string{"get", "page", "search"} {
		f := r.get(job, "sdk")
		atMost(f.title+": CPU, × bare", f.CPURatio, 1.3)
		atMost(f.title+": bytes, × bare", f.BytesRatio, 2)
	}
	slow := r.get("slow", "sdk")
	atMost(slow.title+": wall, × bare", slow.WallRatio, 1)
	extra := func(job string) (mallocs, bytes float64) {
		sdk, careful := r.get(job, "sdk"), r.get(job, "careful")
		return sdk.Mallocs - careful.Mallocs, sdk.Bytes - careful.Bytes
	}
	mallocs, _ := extra("tiny")
	atMost("allocations that the retry layer adds to a GET, over a client that signs and bounds by hand", math.Round(mallocs), 8)
	for _, job := range []string{"json", "stream"} {
		_, size := extra(job)
		atMost(r.get(job, "sdk").title+": KiB that the retry layer adds", size/1024, 200)
	}
	atMost("peak memory of 50,000 issues, × that of 50 times 1,000", r.get("many", "sdk").Peak/r.get("few", "sdk").Peak, 1.5)
	atMost("creates lost of 500", math.Abs(float64(r.Created.Wanted-r.Created.SDK)), 0)
}

func (r *report) met() bool {
	return !slices.ContainsFunc(r.Goals, func(g goal) bool { return !g.Met })
}

func (r *report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *report) writeTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "job\tclient\tcpu ms\twall ms\tKiB\tallocs\tpeak MiB\tcpu ×\tbytes ×\twall ×\t")
	for _, f := range r.Figures {
		ratios := "\t\t\t"
		if f.Client != "bare" {
			ratios = fmt.Sprintf("%.2f\t%.2f\t%.2f\t", f.CPURatio, f.BytesRatio, f.WallRatio)
		}
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%.3f\t%.1f\t%.0f\t%.1f\t%s\n",
			f.title, f.Client, f.CPU, f.Wall, f.Bytes/1024, f.Mallocs, f.Peak/(1<<20), ratios)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nMedians of %d rounds, × is the median of the ratios to bare. Per operation; 500 creates by %d workers: bare %d, sdk %d.\n\n",
		r.Rounds, workers, r.Created.Bare, r.Created.SDK)
	for _, g := range r.Goals {
		verdict := "met   "
		if !g.Met {
			verdict = "MISSED"
		}
		fmt.Fprintf(w, "%s  %8.2f  of at most %6.2f  %s\n", verdict, g.Value, g.Limit, g.Name)
	}
	return nil
}
