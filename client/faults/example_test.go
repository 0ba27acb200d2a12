package faults_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
)

func ExampleInjector() {
	busy := faults.TooManyRequests(2 * time.Second)
	busy.Path, busy.Times = "/issue/{key}", 1

	var injector faults.Injector
	injector.Add(busy)
	server := httptest.NewServer(injector.Handler(http.NotFoundHandler()))
	defer server.Close()

	for range 2 {
		resp, err := server.Client().Get(server.URL + "/issue/WEB-1")
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = resp.Body.Close()
		fmt.Println(resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	// Output:
	// 429 2
	// 404
}

// A service is tested against what may happen to a fifth of its requests.
func ExampleInjector_Transport() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()

	var injector faults.Injector
	injector.Seed(42) // in a test: injector.SeedFor(t)
	injector.Add(faults.Mix(0.2, faults.ResetAfter(), faults.BadGateway(), faults.Unavailable(time.Second))...)
	service := &http.Client{Transport: injector.Transport(server.Client().Transport)}

	answers := map[string]int{}
	for range 100 {
		resp, err := service.Get(server.URL + "/issue/WEB-1")
		if err != nil {
			answers["none"]++
			continue
		}
		_ = resp.Body.Close()
		answers[resp.Status]++
	}
	fmt.Println(answers)
	// Output: map[404 Not Found:85 502 Bad Gateway:6 503 Service Unavailable:2 none:7]
}
