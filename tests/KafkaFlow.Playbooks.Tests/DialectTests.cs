namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast")]
public sealed class DialectTests
{
    [Theory]
    [InlineData("next: b", "a > b")]
    [InlineData("next: {step: b}", "a > b")]
    [InlineData("next: [b]", "a > b")]
    [InlineData("next: [{step: b, when: 'result.ok'}]", "a > b when result.ok")]
    [InlineData("next: [{when: true, then: [b, {step: c, args: {x: 1}}]}]", "a > b when true\na > c when true args {x: 1}")]
    [InlineData("next: [{when: true, step: b}, {else: c}]", "a > b when true\na > c else")]
    [InlineData("next: [{when: true, step: b}, {else: true, step: c}]", "a > b when true\na > c else")]
    [InlineData("next: [{when: true, step: b}, {else: [c, {step: end}]}]", "a > b when true\na > c else\na > end else")]
    [InlineData("next: [{when: true, step: b, else: false}, c]", "a > b when true\na > c")]
    [InlineData("next: [b, {step: c, on_error: true, args: {why: '{{ error.code }}'}}]",
        "a > b\na > c on_error args {why: {{ error.code }}}")]
    [InlineData("next: [{when: true, then: [{step: b, args: {y: 2}}], args: {x: 1, y: 1}}, c]",
        "a > b when true args {x: 1, y: 2}\na > c")]
    public void Next_has_these_forms(string next, string edges)
    {
        var graph = Compiling.Graph($"{Compiling.Head}workflow:\n- step: a\n  {next}\n- step: b\n- step: c\n");
        var text = GraphText.Of(graph);
        Assert.Equal(edges, text[text.IndexOf("a > ", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void An_undefined_end_becomes_a_step_that_passes_through()
    {
        var graph = Compiling.Clean(Compiling.Head + "workflow:\n- step: a\n  next: [b, end]\n- step: b\n  next: end\n");
        var end = graph.Steps[2];
        Assert.Equal(("end", true, 2), (end.Name, end.PassesThrough, end.Index));
        Assert.Equal([1, 2], end.In);
        Assert.Empty(end.Out);
    }

    [Fact]
    public void The_entry_is_start_wherever_it_stands_and_else_the_first_step()
    {
        Assert.Equal(1, Compiling.Graph(Compiling.Head + "workflow:\n- step: a\n- step: start\n  next: a\n").Entry);
        Assert.Equal(0, Compiling.Graph(Compiling.Head + "workflow:\n- step: a\n  next: b\n- step: b\n").Entry);
    }

    [Fact]
    public void The_product_s_own_keys_are_read()
    {
        var graph = Compiling.Clean("on_failure: drain\ndeadline: 2h\n" + Compiling.Head + """
            workflow:
            - step: a
              next_mode: first
              timeout: {queue: 5m, attempt: 500ms, heartbeat: 1.5, total: 1d}
              next: [b, c, d]
            - step: b
              next: e
            - step: c
              next: e
            - step: d
              next: e
            - step: e
              join: {n_of: 2}
              next: f
            - step: f
              join: any
              next: g
            - step: g
              join: all
            """);
        Assert.Equal((OnFailure.Drain, 7_200_000L), (graph.OnFailure, graph.DeadlineMs));
        Assert.Equal(NextMode.First, graph.Find("a")!.NextMode);
        Assert.Equal(new StepTimeouts { QueueMs = 300_000, AttemptMs = 500, HeartbeatMs = 1_500, TotalMs = 86_400_000 },
            graph.Find("a")!.Timeouts);
        Assert.Equal((JoinRule.NOf(2), JoinRule.Any, JoinRule.All),
            (graph.Find("e")!.Join, graph.Find("f")!.Join, graph.Find("g")!.Join));
    }

    [Theory]
    [InlineData("def main(): return 1", "")]
    [InlineData("async  def  main ( a , b = (1, 2), *, c: dict[str, int] = {'x': 1} , **rest):\n    return 1", "a,b,c")]
    [InlineData("def main(a, /, b, *args): return 1", "a,b")]
    [InlineData("def main(input_data, given): return 1", "")]
    [InlineData("def main(context): return 1", "context")]
    [InlineData("def main(a):\n    return context['workload']", "a,context")]
    [InlineData("def main(a):\n    '''context'''\n    return a.context # context", "a")]
    [InlineData("def main(a):\n    return f\"{context['x']}\"", "a,context")]
    [InlineData("def main(a): return 1\ndef main(\n  b, # the second, with (\n  c\n): return 2", "b,c")]
    [InlineData("class A:\n    def main(self, z): pass\ndef main(a): return A()", "a")]
    public void Parameters_of_main_that_args_do_not_give_are_bound_from_the_scope(string code, string binds)
    {
        var indented = code.Replace("\n", "\n    ", StringComparison.Ordinal);
        var graph = Compiling.Graph(
            $"{Compiling.Head}workflow:\n- step: x\n  tool: python\n  args: {{given: 1}}\n  code: |\n    {indented}\n");
        Assert.Equal(binds, string.Join(',', graph.Steps[0].Binds));
    }

    [Fact]
    public void A_workbook_action_is_inlined_and_the_step_s_args_win()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workbook:
            - name: calc
              tool: python
              assert: {expects: [a], anything: [else]}
              args: {a: 1, b: 2}
              code: "def main(a, b, c, workload): return a"
            workflow:
            - step: x
              tool: workbook
              name: calc
              args: {b: 3, c: "{{ workload }}"}
            """);
        Assert.Equal("x: python args {a: 1, b: 3, c: {{ workload }}} binds workload", GraphText.Of(graph));
    }

    [Theory]
    [InlineData("command: select 1", "{command: \"select 1\"}", "")]
    [InlineData("sql: ['select {{ workload.x }}', select 2]", "{command: [select {{ workload.x }}, \"select 2\"]}", "")]
    [InlineData("query: select :a\n  params: {a: 1}\n  auth: pg", "{command: \"select :a\", params: {a: 1}}", " auth \"pg\"")]
    [InlineData("commands: select 1\n  transaction: false\n  auth: {tool: postgres, credential: '{{ workload.x }}'}",
        "{command: \"select 1\", transaction: false}", " auth {{ workload.x }}")]
    public void Postgres_has_these_forms(string fields, string tool, string rest)
    {
        var graph = Compiling.Clean(
            $"{Compiling.Head}workload: {{x: 1}}\nworkflow:\n- step: a\n  tool: postgres\n  {fields}\n");
        Assert.Equal(tool, GraphText.TreeText(graph.Steps[0].Tool));
        Assert.Equal("a: postgres" + rest, GraphText.Of(graph));
    }

    [Theory]
    [InlineData("save: {storage: event, args: {x: 1}}", "{storage: \"event\", args: {x: 1}}")]
    [InlineData("save: {tool: event_log, data: '{{ result }}'}", "{storage: \"event_log\", args: {{ result }}}")]
    [InlineData("save: {storage: {type: event_log, args: {x: 1}}}", "{storage: \"event_log\", args: {x: 1}}")]
    [InlineData("save: {storage: {tool: event}, args: {x: '{{ this.y }}'}}", "{storage: \"event\", args: {x: {{ this.y }}}}")]
    [InlineData("save: {storage: event}", "{storage: \"event\"}")]
    public void Save_has_these_forms(string save, string tree)
    {
        var graph = Compiling.Clean($"{Compiling.Head}workflow:\n- step: a\n  {save}\n");
        Assert.Equal(tree, GraphText.TreeText(graph.Steps[0].Save!));
    }

    [Fact]
    public void Scalars_have_the_types_of_the_core_schema()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workload: {a: 1, b: -2.5, c: true, d: null, e: ~, f: "1", g: 'true', h: 0x1F, i: 1e3, j: 9223372036854775807,
              k: 2024-01-01, l: [1, {m: n}], o: {}, p: "a\"b\\\u00e9", q: "", r: 1_000, s: 0o17}
            workflow: [{step: start}]
            """);
        Assert.Equal(
            """
            {"a":1,"b":-2.5,"c":true,"d":null,"e":null,"f":"1","g":"true","h":31,"i":1000.0,"j":9223372036854775807,
            "k":"2024-01-01","l":[1,{"m":"n"}],"o":{},"p":"a\"b\\é","q":"","r":"1_000","s":15}
            """.Replace("\n", "", StringComparison.Ordinal),
            graph.WorkloadJson);
    }

    [Fact]
    public void The_scope_holds_engine_names_steps_and_workload_keys()
    {
        var graph = Compiling.Clean(
            Compiling.Head + "workload: {city: x, not-a-name: y}\nworkflow:\n- step: a\n  next: b-c\n- step: b-c\n");
        string[] expected =
        [
            "workload", "ctx", "output", "result", "item", "index", "execution_id", "attempt", "error", "event", "vars",
            "a", "b-c", "city",
        ];
        Assert.Empty(expected.Except(graph.Scope.Names));
        Assert.DoesNotContain("not-a-name", graph.Scope.Names);
        Assert.Equal(graph.Scope.Names.Count, graph.Scope.Names.Distinct().Count());
    }

    [Fact]
    public void Workload_values_may_be_templates()
    {
        var graph = Compiling.Clean(Compiling.Head
            + "workload: {name: x, file: \"{{ name }}_{{ execution_id }}\"}\nworkflow: [{step: start}]\n");
        Assert.Equal(
            """{"name":"x","file":"{{ name }}_{{ execution_id }}"}""", graph.WorkloadJson);
    }

    [Fact]
    public void Json_is_read_as_well()
    {
        var graph = Compiling.Clean("""
            {"apiVersion": "noetl.io/v1", "kind": "Playbook", "metadata": {"path": "a/b"},
             "workflow": [{"step": "start", "next": "end"}]}
            """);
        Assert.Equal(("a/b", "a/b"), (graph.Path, graph.Name));
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_do_not_move_positions()
    {
        var source = "\uFEFF" + (Compiling.Head + "workflow:\n- step: a\n  tool: postgres\n  command: |\n    select 1\n    {{ nope }}\n")
            .ReplaceLineEndings("\r\n");
        var problem = Assert.Single(PlaybookCompiler.Compile(source, Compiling.File).Diagnostics);
        Assert.Equal((9, 8, "unknown_name"), (problem.Line, problem.Column, problem.Code));
    }

    [Fact]
    public void The_hash_is_that_of_the_bytes_and_a_peek_needs_no_valid_playbook()
    {
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", PlaybookSource.Hash("abc"));
        Assert.Equal(new PlaybookHeader("noetl.io/v1", "Playbook", "t/t", "t"), PlaybookSource.Peek(Compiling.Head + "foo: 1\n"));
        Assert.Equal(new PlaybookHeader(null, null, "only", "only"), PlaybookSource.Peek("metadata: {name: only}"));
        Assert.Null(PlaybookSource.Peek("- a"));
        Assert.Null(PlaybookSource.Peek("a: [b"));
    }
}
