package spectruth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/spectruth"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// handWritten says what the answers of methods are decoded into that a caller reaches only through hand-written ones.
var handWritten = map[string]func() any{
	"jira Issues.create":      func() any { return new(jira.CreatedIssue) },
	"jira Issues.createMany":  func() any { return new(jira.NewIssuesResult) },
	"jira Issues.archive":     func() any { return new(jira.ArchiveResult) },
	"jira Issues.unarchive":   func() any { return new(jira.ArchiveResult) },
	"jira Attachments.Upload": func() any { return new([]jira.Attachment) },
	"jira Webhooks.register":  func() any { return new(registered) },
	"jsmops Actions.create":   func() any { return new(jsmops.Action) },
	"jsmops Actions.update":   func() any { return new(jsmops.Action) },

	"jsmops Integrations.create": func() any { return new(jsmops.Integration) },
	"jsmops Integrations.update": func() any { return new(jsmops.Integration) },
	"jsmops AlertFilters.update": func() any { return new(jsmops.Filter) },
}

// registered is the one property that Webhooks.register returns of its answer.
type registered []jira.RegisteredWebhook

func (r *registered) UnmarshalJSON(b []byte) error {
	var answer struct {
		Results []jira.RegisteredWebhook `json:"webhookRegistrationResult"`
	}
	err := json.Unmarshal(b, &answer)
	*r = answer.Results
	return err
}

// recordings are answers of the real service, by operation.
var recordings = map[string][]string{
	"getRun":      {"get-run-complete.json", "get-run-incomplete.json"},
	"getInstance": {"get-instance.json"},
}

// answering is a transport that gives the same answer to every request.
type answering struct {
	status int
	body   []byte
}

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		Request:       req,
		StatusCode:    a.status,
		Status:        http.StatusText(a.status),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
	}, nil
}

// newSDK returns the client of an API that gets the answer for whatever it asks.
func newSDK(api string, answer http.RoundTripper) (any, error) {
	switch api {
	case "jira":
		return jira.New("https://your-domain.atlassian.net", client.BasicAuth("bot@example.com", "token"), client.WithTransport(answer))
	case "currents":
		return currents.New(client.Bearer("key"), client.WithTransport(answer))
	case "jsmops":
		return jsmops.New("00000000-0000-0000-0000-000000000000", client.Bearer("token"), client.WithTransport(answer))
	default:
		return nil, fmt.Errorf("no SDK for %s", api)
	}
}

func TestExamplesSurviveTheSDK(t *testing.T) {
	t.Parallel()
	folder := reference(t)
	for _, api := range apis {
		if onlyTables(api.vendor) {
			continue // they show no examples
		}
		t.Run(api.name, func(t *testing.T) {
			t.Parallel()
			vendor := map[string]spectruth.Operation{}
			for _, op := range api.operations(t, folder) {
				vendor[op.HTTPMethod+" "+op.Path] = op
			}
			var lines []string
			tried := 0
			for _, op := range spectruth.Operations(load(t, api.ours)...) {
				examples := recorded(t, folder, api.name, op)
				if theirs, ok := vendor[op.HTTPMethod+" "+op.Path]; ok {
					shown, err := spectruth.Examples(theirs)
					if err != nil {
						t.Fatal(err)
					}
					examples = append(examples, shown...)
				}
				for _, example := range examples {
					lines = append(lines, losses(t, api.name, op, example)...)
					tried++
				}
			}
			if tried == 0 {
				t.Error("no example was found")
			}
			t.Logf("%d examples", tried)
			slices.Sort(lines)
			explain(t, wanted(t).Select("example "+api.name+" "), slices.Compact(lines))
		})
	}
}

func recorded(t *testing.T, folder, api string, op spectruth.Operation) []spectruth.Example {
	t.Helper()
	if api != "currents" {
		return nil
	}
	var examples []spectruth.Example
	for _, file := range recordings[op.OperationID] {
		body, err := os.ReadFile(filepath.Join(folder, "currents-samples", file))
		if err != nil {
			t.Fatal(err)
		}
		examples = append(examples, spectruth.Example{Status: http.StatusOK, Body: body})
	}
	return examples
}

// losses sends one example through the SDK and returns a line for everything that did not survive.
func losses(t *testing.T, api string, op spectruth.Operation, example spectruth.Example) []string {
	t.Helper()
	sdk, err := op.SDK()
	if err != nil {
		t.Fatal(err)
	}
	name := "example " + api + " " + op.OperationID + ": "
	result, err := answer(t, api, sdk, example)
	if err != nil {
		return []string{name + "fails: " + err.Error()}
	}
	if task, ok := result.(*jira.Task); ok { // it takes the number of the task and nothing else
		if task.ID == "" || !strings.Contains(string(example.Body), task.ID) {
			return []string{name + "lost: the number of the task"}
		}
		return nil
	}
	received := example.Body
	if sdk.Returns != nil {
		var properties map[string]json.RawMessage
		if err := json.Unmarshal(received, &properties); err != nil {
			return []string{name + "fails: " + err.Error()}
		}
		received = properties[sdk.Returns.Property]
	}
	written, err := json.Marshal(result)
	if err != nil {
		return []string{name + "fails: " + err.Error()}
	}
	lines, err := spectruth.Lost(received, written)
	if err != nil {
		t.Fatalf("%s%v", name, err)
	}
	for i := range lines {
		lines[i] = name + lines[i]
	}
	return lines
}

// answer returns what a caller of the SDK gets when the server answers with the example.
func answer(t *testing.T, api string, sdk spectruth.SDK, example spectruth.Example) (any, error) {
	t.Helper()
	name := sdk.Method
	if sdk.Page != nil {
		name += "Page"
	}
	if target, ok := handWritten[api+" "+sdk.Service+"."+sdk.Method]; ok {
		result := target()
		return result, json.Unmarshal(example.Body, result)
	}
	sdkClient, err := newSDK(api, answering{example.Status, example.Body})
	if err != nil {
		t.Fatal(err)
	}
	service := reflect.ValueOf(sdkClient).Elem().FieldByName(sdk.Service)
	if !service.IsValid() {
		return nil, fmt.Errorf("the client has no service %s", sdk.Service)
	}
	method := service.MethodByName(name)
	if !method.IsValid() {
		return nil, fmt.Errorf("%s has no exported method %s: name what it decodes into", sdk.Service, name)
	}
	args := []reflect.Value{reflect.ValueOf(t.Context())}
	for i := 1; i < method.Type().NumIn(); i++ {
		args = append(args, argument(method.Type().In(i)))
	}
	call := method.Call
	if method.Type().IsVariadic() {
		call = method.CallSlice
	}
	results := call(args)
	if err, _ := reflect.TypeAssert[error](results[len(results)-1]); err != nil {
		return nil, err
	}
	if len(results) < 2 {
		return nil, errors.New("the method does not hand out the answer")
	}
	return results[0].Interface(), nil
}

// argument returns a value that a method accepts: something where an empty value would be refused, else the zero
// value.
func argument(t reflect.Type) reflect.Value {
	value := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		value.SetBytes([]byte("{}"))
	case t.Kind() == reflect.String:
		value.SetString("1")
	case value.CanInt():
		value.SetInt(1)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		value.Set(reflect.Append(value, argument(t.Elem())))
	}
	return value
}
