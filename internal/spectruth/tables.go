package spectruth

import (
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// ReadTables reads the operations of a vendor who publishes no OpenAPI document but text with tables, as QMetry does: a line
// "Endpoint: METHOD /path", and below it rows of cells, each table with a line of dashes under its head. The head says
// whether it is about parameters, statuses or properties. The tables of properties bear no names: what one table calls an
// object or an array is described by the next table, if another one follows.
func ReadTables(text string) ([]Operation, error) {
	r := &tables{}
	lines := strings.Split(text, "\n")
	var head []string
	for i, line := range lines {
		line = strings.TrimSpace(line)
		switch cells := cellsOf(line); {
		case strings.HasPrefix(strings.ToLower(line), "endpoint:"):
			method, path, ok := strings.Cut(strings.TrimSpace(line[len("endpoint:"):]), " ")
			if !ok {
				return nil, fmt.Errorf("line %d names no method and path: %s", i+1, line)
			}
			r.begin(method, strings.TrimSpace(path))
		case strings.HasPrefix(line, "|---"):
		case len(cells) < 3:
			head = nil
		case i+1 < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[i+1]), "|---"):
			if head = cells; len(r.ops) == 0 {
				return nil, fmt.Errorf("line %d: a table before the first endpoint", i+1)
			}
			r.table(head)
		default:
			if err := r.row(head, cells); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
	}
	if len(r.ops) == 0 {
		return nil, fmt.Errorf("no line begins with Endpoint")
	}
	return r.ops, nil
}

// cellsOf returns the cells of a row; nil when there are none.
func cellsOf(line string) []string {
	if !strings.Contains(line, "|") {
		return nil
	}
	cells := strings.Split(strings.TrimSuffix(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

type tables struct {
	ops        []Operation
	properties openapi3.Schemas   // what the current table of properties describes
	next       []*openapi3.Schema // what the next one describes
}

func (r *tables) begin(method, path string) {
	op := openapi3.NewOperation()
	op.Responses = openapi3.NewResponsesWithCapacity(1)
	answer := openapi3.NewObjectSchema()
	ok := openapi3.NewResponse().WithContent(openapi3.NewContentWithJSONSchema(answer))
	op.Responses.Set("200", &openapi3.ResponseRef{Value: ok})
	r.ops = append(r.ops, Operation{Operation: op, HTTPMethod: method, Path: path})
	r.next = []*openapi3.Schema{answer}
}

// kind says what a table is about, by its head.
func kind(head []string) string {
	switch {
	case head == nil:
		return ""
	case strings.EqualFold(head[1], "Located in"):
		return "parameters"
	case strings.EqualFold(head[0], "Status Code"):
		return "statuses"
	case strings.EqualFold(head[1], "type"):
		return "properties"
	}
	return ""
}

func (r *tables) table(head []string) {
	if kind(head) != "properties" {
		return
	}
	r.properties = openapi3.Schemas{}
	for _, described := range r.next {
		described.Properties = r.properties
	}
	r.next = nil
}

func (r *tables) row(head, cells []string) error {
	switch kind(head) {
	case "parameters":
		return r.parameter(cells)
	case "statuses":
		return nil // those of failures are not compared
	case "properties":
		return r.property(cells[0], cells[1])
	}
	return fmt.Errorf("a table with the head %q is unknown", strings.Join(head, " | "))
}

func (r *tables) parameter(cells []string) error {
	if len(cells) < 6 {
		return fmt.Errorf("a parameter has 6 cells, not %d", len(cells))
	}
	op := r.ops[len(r.ops)-1]
	schema, err := leaf(cells[5])
	if err != nil {
		return err
	}
	required := strings.HasPrefix(strings.ToLower(cells[2]), "yes") // QMetry: "yest"
	if cells[1] != "body" {
		op.AddParameter(&openapi3.Parameter{Name: cells[0], In: cells[1], Required: required, Schema: schema.NewRef()})
		return nil
	}
	if op.RequestBody == nil {
		body := openapi3.NewRequestBody().WithJSONSchema(openapi3.NewObjectSchema()).WithRequired(true)
		op.RequestBody = &openapi3.RequestBodyRef{Value: body}
	}
	object := op.RequestBody.Value.Content.Get("application/json").Schema.Value
	object.WithProperty(cells[0], schema)
	if required {
		object.Required = append(object.Required, cells[0])
	}
	return nil
}

func (r *tables) property(name, typ string) error {
	var schema *openapi3.Schema
	switch strings.ToLower(typ) {
	case "object":
		schema = openapi3.NewObjectSchema()
		r.next = append(r.next, schema)
	case "array":
		item := openapi3.NewObjectSchema()
		schema = openapi3.NewArraySchema().WithItems(item)
		r.next = append(r.next, item)
	default:
		var err error
		if schema, err = leaf(typ); err != nil {
			return err
		}
	}
	r.properties[name] = schema.NewRef()
	return nil
}

func leaf(typ string) (*openapi3.Schema, error) {
	switch typ = strings.ToLower(typ); typ {
	case "string", "integer", "boolean":
		return &openapi3.Schema{Type: &openapi3.Types{typ}}, nil
	}
	return nil, fmt.Errorf("a type %q is unknown", typ)
}
