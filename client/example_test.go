package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// An endpoint that the SDK does not describe, with the signing, retries and errors of all the others.
func ExampleClient_Do() {
	c, err := client.New("https://acme.atlassian.net", client.BasicAuth("bot@acme.example", os.Getenv("JIRA_API_TOKEN")))
	if err != nil {
		fmt.Println(err)
		return
	}
	var filter struct{ Name, JQL string }
	r := client.NewRequest("Filters.Get", http.MethodGet, "/rest/api/3/filter/{id}", 10000).Query("expand", "owner")
	err = c.Do(context.Background(), r, &filter)

	var apiErr *client.Error
	switch {
	case errors.Is(err, client.ErrNotFound):
		fmt.Println("the filter is gone or hidden")
	case errors.Is(err, client.ErrRateLimited) && errors.As(err, &apiErr):
		fmt.Println("come back in", apiErr.RetryAfter)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(filter.Name, filter.JQL)
	}
}

func ExampleNew() {
	c, err := client.New("https://acme.atlassian.net", client.BasicAuth("bot@acme.example", "token"),
		client.WithUserAgent("nightly-report (ops@acme.example)"),
		client.WithTimeout(20*time.Second),
		client.WithRetry(client.RetryPolicy{Retries: 2, MaxPause: 10 * time.Minute}),
		client.WithMaxConcurrency(8),
		client.WithLogger(slog.Default()),
	)
	fmt.Println(c, err)
	// Output: client of https://acme.atlassian.net <nil>
}

func ExampleBearer() {
	auth := client.Bearer("cur_1234567890")
	fmt.Printf("%v\n", auth)
	// Output: Authorization: (credential)
}
