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
