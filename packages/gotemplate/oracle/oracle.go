// Prints what Go's own text/template makes of every case: the file that the tests compare with.
//
//	go run oracle.go < cases.json > expected.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

type State struct {
	Status   string
	Pid      int
	ExitCode int
	Running  bool
}

type Report struct {
	ID     string
	Names  []string
	State  State
	Labels map[string]string
	Size   float64
	Parent interface{}
}

func (r Report) Status() string              { return "Up " + r.State.Status }
func (r Report) Label(name string) string    { return r.Labels[name] }
func (r Report) Fails() (string, error)      { return "", fmt.Errorf("it failed") }

type Case struct {
	Template string `json:"template"`
	Struct   bool   `json:"struct"`
}

type Input struct {
	Data  json.RawMessage `json:"data"`
	Cases []Case          `json:"cases"`
}

type Outcome struct {
	Output string `json:"output"`
	Error  string `json:"error,omitempty"`
}

// integers stay integers, as they are in podman's own reports
func plain(value interface{}) interface{} {
	switch typed := value.(type) {
	case json.Number:
		if integer, err := typed.Int64(); err == nil {
			return int(integer)
		}
		float, _ := typed.Float64()
		return float
	case []interface{}:
		for i := range typed {
			typed[i] = plain(typed[i])
		}
	case map[string]interface{}:
		for key := range typed {
			typed[key] = plain(typed[key])
		}
	}
	return value
}

var functions = template.FuncMap{
	"json": func(value interface{}) string {
		buffer := &bytes.Buffer{}
		encoder := json.NewEncoder(buffer)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(value)
		return strings.TrimSpace(buffer.String())
	},
	"join":  strings.Join,
	"lower": strings.ToLower,
	"pad": func(source string, prefix, suffix int) string {
		if source == "" {
			return source
		}
		return strings.Repeat(" ", prefix) + source + strings.Repeat(" ", suffix)
	},
	"split": strings.Split,
	"title": strings.Title,
	"truncate": func(source string, length int) string {
		if len(source) < length {
			return source
		}
		return source[:length]
	},
	"upper": strings.ToUpper,
}

func main() {
	var input Input
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(input.Data))
	decoder.UseNumber()
	var data interface{}
	if err := decoder.Decode(&data); err != nil {
		panic(err)
	}
	data = plain(data)
	report := Report{
		ID:     "0123456789abcdef",
		Names:  []string{"one", "two"},
		State:  State{Status: "running", Pid: 42, ExitCode: 0, Running: true},
		Labels: map[string]string{"b": "2", "a": "1"},
		Size:   1.5,
	}
	outcomes := []Outcome{}
	for _, one := range input.Cases {
		outcomes = append(outcomes, run(one, data, report))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(outcomes); err != nil {
		panic(err)
	}
}

func run(one Case, data interface{}, report Report) Outcome {
	parsed, err := template.New("case").Funcs(functions).Parse(one.Template)
	if err != nil {
		return Outcome{Error: err.Error()}
	}
	if one.Struct {
		data = report
	}
	buffer := &bytes.Buffer{}
	if err := parsed.Execute(buffer, data); err != nil {
		return Outcome{Error: err.Error()}
	}
	return Outcome{Output: buffer.String()}
}
