using KafkaFlow.Expressions;

namespace KafkaFlow.Playbooks.Tests;

/// <summary>What a step does beside running one task once.</summary>
[Trait("tier", "fast")]
public sealed class WorkTests
{
    [Theory]
    [InlineData("true", 3, 1_000, 2, 60_000, true)]
    [InlineData("5", 5, 1_000, 2, 60_000, true)]
    [InlineData("{}", 3, 1_000, 2, 60_000, true)]
    [InlineData("{max_attempts: 4, initial_delay: 0.2, backoff_multiplier: 1.5, max_delay: 2m, jitter: false}", 4, 200, 1.5, 120_000, false)]
    [InlineData("{initial_delay: 0, max_delay: 500ms}", 3, 0, 2, 500, true)]
    public void Retry_has_these_forms(string retry, int attempts, long initial, double factor, long most, bool jitter)
    {
        var policy = Step($"tool: mail\n  retry: {retry}").Retry!;
        Assert.Equal(new RetryPolicy
        {
            MaxAttempts = attempts, InitialDelayMs = initial, BackoffMultiplier = factor, MaxDelayMs = most, Jitter = jitter,
            NonRetryable = policy.NonRetryable,
        }, policy);
        Assert.Empty(policy.NonRetryable);
    }

    [Fact]
    public void No_retry_is_no_policy() => Assert.Null(Step("tool: mail\n  retry: false").Retry);

    [Theory]
    [InlineData("{{ status_code == 503 }}", 503, true)]
    [InlineData("{{ status_code != 503 }}", 503, false)]
    [InlineData("{{ status_code == 503 }}", null, false)]
    [InlineData("{{ status_code != 503 }}", null, true)]
    [InlineData("{{ error != None or success == False }}", null, false)]
    public void Retry_conditions_see_the_answer_and_take_what_is_missing_as_null(string when, int? status, bool expected)
    {
        var graph = Compiling.Clean($"{Compiling.Head}workload: {{data: 1}}\nworkflow:\n- step: a\n  tool: mail\n"
            + $"  retry: {{retry_when: \"{when}\", stop_when: 'attempt > 2', non_retryable: [bad_input, bad_input, denied]}}\n");
        Assert.Equal(graph.Scope.Names, graph.RetryScope.Names.Take(graph.Scope.Names.Count));
        Assert.Equal(["status_code", "success"], graph.RetryScope.Names.Skip(graph.Scope.Names.Count));
        var policy = graph.Steps[0].Retry!;
        Assert.Equal(["bad_input", "denied"], policy.NonRetryable);
        Assert.NotNull(policy.StopWhen);
        var variables = new Variables(graph.RetryScope, "status_code", status is { } code ? Value.Int(code) : Value.Null, Value.Null);
        Assert.Equal(expected, policy.RetryWhen!.Evaluate(variables).Truthy);
    }

    [Fact]
    public void An_iterator_has_all_these_keys()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workload: {cities: []}
            workbook:
            - {name: calc, tool: python, args: {c: "{{ city.name }}"}, code: "def main(c): return c"}
            workflow:
            - step: start
              tool: iterator
              collection: "{{ workload.cities }}"
              element: city
              mode: async
              where: city.size > 3 && index < 100
              order_by: {by: city.name, descending: true}
              limit: "{{ 10 + 10 }}"
              chunk: 5
              enumerate: true
              on_error: {tolerate: 2}
              timeout: {total: 1h}
              task:
                tool: workbook
                name: calc
                desc: one city
                retry: 2
                timeout: {attempt: 5s}
                save: {storage: event, args: {x: "{{ city.name }}"}}
            """);
        var step = graph.Steps[0];
        var items = step.Items!;
        Assert.Equal((StepKind.Items, "iterator", 3_600_000L), (step.Kind, step.NodeType, step.Timeouts.TotalMs));
        Assert.Equal(("city", 8, true, 5, true), (items.Element, items.Concurrency, items.Descending, items.Chunk, items.Enumerate));
        Assert.Equal((ItemErrors.Tolerate, 2), (items.OnError, items.Tolerated));
        Assert.Equal(("{{ workload.cities }}", "{{ city.name }}", "{{ 10 + 10 }}", "city.size > 3 && index < 100"),
            (GraphText.TreeText(items.Collection), GraphText.TreeText(items.OrderBy!), GraphText.TreeText(items.Limit!), items.Where!.Text));
        var body = items.Body;
        Assert.Equal((StepKind.Task, "python", "start", 0), (body.Kind, body.NodeType, body.Name, body.Index));
        Assert.Equal((2, 5_000L), (body.Retry!.MaxAttempts, body.Timeouts.AttemptMs));
        Assert.Equal("{c: {{ city.name }}}", GraphText.TreeText(body.Args));
        Assert.Equal("{storage: \"event\", args: {x: {{ city.name }}}}", GraphText.TreeText(body.Save!));
        Assert.Empty(body.Out);
        Assert.Equal(["city"], graph.Elements);
        Assert.Equal(["python"], graph.TaskTypes);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("mode: sequential", 1)]
    [InlineData("mode: sequential\n  concurrency: 1", 1)]
    [InlineData("mode: async", 8)]
    [InlineData("mode: parallel", 8)]
    [InlineData("mode: async\n  concurrency: 100", 100)]
    public void The_mode_of_an_iterator_says_how_many_items_run_at_once(string mode, int concurrency)
    {
        var items = Step($"tool: iterator\n  collection: [1, 2]\n  task: {{tool: mail}}\n  {mode}").Items!;
        Assert.Equal((concurrency, "item", ItemErrors.Fail), (items.Concurrency, items.Element, items.OnError));
    }

    [Fact]
    public void Iterators_nest_and_run_transforms_and_playbooks()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workload: {teams: []}
            workflow:
            - step: start
              next: each
            - step: each
              tool: iterator
              collection: "{{ workload.teams }}"
              element: team
              order_by: item.name
              task:
                tool: iterator
                collection: "{{ team.members }}"
                element: member
                on_error: collect
                where: member.team != team
                task: {tool: transform, expression: "team.name + member.name"}
              next: child
            - step: child
              tool: iterator
              collection: {a: 1}
              task: {tool: playbook, path: t/u, args: {x: "{{ item.value }}"}, timeout: {total: 5m}}
            """);
        var outer = graph.Find("each")!.Items!;
        var inner = outer.Body.Items!;
        Assert.Equal((StepKind.Items, "each", 1), (outer.Body.Kind, outer.Body.Name, outer.Body.Index));
        Assert.Equal((StepKind.Transform, "each", 1, "transform"), (inner.Body.Kind, inner.Body.Name, inner.Body.Index, inner.Body.NodeType));
        Assert.Equal("{{ team.name + member.name }}", GraphText.TreeText(inner.Body.Value!));
        Assert.Equal((StepKind.Child, 300_000L), (graph.Find("child")!.Items!.Body.Kind, graph.Find("child")!.Items!.Body.Timeouts.TotalMs));
        Assert.Equal(["team", "member", "item"], graph.Elements);
        Assert.Empty(graph.TaskTypes);
    }

    [Fact]
    public void While_runs_a_task_again()
    {
        var step = Step("""
            tool: mail
              retry: 2
              while: {condition: "{{ result.more }}", break_when: result.stop, max_iterations: 7, timeout: 1h, delay: 0.5}
            """);
        Assert.Equal((StepKind.Task, 7, 3_600_000L, 500L), (step.Kind, step.While!.MaxIterations, step.While.TimeoutMs, step.While.DelayMs));
        Assert.Equal(("{{ result.more }}", "result.stop", 2), (step.While.Condition.Text, step.While.BreakWhen!.Text, step.Retry!.MaxAttempts));
        Assert.Equal(100, Step("tool: mail\n  while: {condition: result.more}").While!.MaxIterations);
    }

    [Theory]
    [InlineData("wait: 5s", "\"5s\"", "", "", null)]
    [InlineData("wait: 5", "5", "", "", null)]
    [InlineData("wait: '{{ workload }}'", "{{ workload }}", "", "", null)]
    [InlineData("wait: {duration: 1.5}", "1.5", "", "", null)]
    [InlineData("wait: {until: '2030-01-31T08:00:00Z'}", "", "\"2030-01-31T08:00:00Z\"", "", null)]
    [InlineData("wait: {until: '{{ workload.t }}'}", "", "{{ workload.t }}", "", null)]
    [InlineData("wait: {signal: 'paid-{{ workload.id }}', timeout: 1d}", "", "", "paid-{{ workload.id }}", 86_400_000L)]
    [InlineData("tool: wait\n  duration: 5s", "\"5s\"", "", "", null)]
    [InlineData("tool: wait\n  signal: paid\n  timeout: 30", "", "", "\"paid\"", 30_000L)]
    public void Wait_has_these_forms(string wait, string duration, string until, string signal, long? timeout)
    {
        var step = Step(wait);
        Assert.Equal((StepKind.Wait, "wait", false), (step.Kind, step.NodeType, step.PassesThrough));
        string Text(TemplateTree? tree) => tree is null ? "" : GraphText.TreeText(tree);
        Assert.Equal((duration, until, signal, timeout),
            (Text(step.Wait!.Duration), Text(step.Wait.Until), Text(step.Wait.Signal), step.Wait.TimeoutMs));
        Assert.Equal(new StepTimeouts(), step.Timeouts);
    }

    [Theory]
    [InlineData("approval: true", "", "", null)]
    [InlineData("approval: {who: [ann, '{{ workload.boss }}'], form: {total: '{{ workload.n }}'}, timeout: 2h}",
        "[\"ann\", {{ workload.boss }}]", "{total: {{ workload.n }}}", 7_200_000L)]
    [InlineData("tool: approval\n  who: ann\n  form: Is it right?\n  timeout: 1h", "[\"ann\"]", "\"Is it right?\"", 3_600_000L)]
    [InlineData("tool: approval\n  who: '{{ workload.bosses }}'", "{{ workload.bosses }}", "", null)]
    public void Approval_has_these_forms(string approval, string who, string form, long? timeout)
    {
        var step = Step(approval);
        Assert.Equal((StepKind.Approval, "approval"), (step.Kind, step.NodeType));
        string Text(TemplateTree? tree) => tree is null ? "" : GraphText.TreeText(tree);
        Assert.Equal((who, form, timeout), (Text(step.Approval!.Who), Text(step.Approval.Form), step.Approval.TimeoutMs));
    }

    [Theory]
    [InlineData("path: t/u", "\"t/u\"", "", null, false)]
    [InlineData("path: '{{ workload.p }}'\n  version: 3\n  return_step: last\n  await_cancel: true", "{{ workload.p }}", "3", "last", true)]
    [InlineData("path: t/u\n  version: latest", "\"t/u\"", "\"latest\"", null, false)]
    public void A_playbook_starts_another(string fields, string path, string version, string? back, bool awaits)
    {
        var step = Step($"tool: playbook\n  args: {{n: '{{{{ workload.n }}}}'}}\n  {fields}");
        Assert.Equal((StepKind.Child, "playbook", "{n: {{ workload.n }}}"), (step.Kind, step.NodeType, GraphText.TreeText(step.Args)));
        Assert.Equal((path, version, back, awaits), (GraphText.TreeText(step.Child!.Path),
            step.Child.Version is { } v ? GraphText.TreeText(v) : "", step.Child.ReturnStep, step.Child.AwaitCancel));
    }

    [Theory]
    [InlineData("value: {a: '{{ workload.n }}', b: [1, x]}", """{"a":4,"b":[1,"x"]}""")]
    [InlineData("value: null", "null")]
    [InlineData("expression: workload.n * 2", "8")]
    [InlineData("expression: '{{ workload.n * 2 }}'", "8")]
    [InlineData("expression: 'a{{ workload.n }}'", "\"a4\"")]
    [InlineData("expression: \"{'m': {'n': workload.n}}\"", """{"m":{"n":4}}""")]
    [InlineData("expression: '[1, 2, 3].filter(x, x > 1 && x != workload.n).map(x, x + 1)'", "[3,4]")]
    [InlineData("expression: \"workload.n > 3 ? 'large' : 'small'\"", "\"large\"")]
    public void A_transform_is_a_value(string fields, string json)
    {
        var graph = Compiling.Clean($"{Compiling.Head}workload: {{n: 4}}\nworkflow:\n- step: a\n  tool: transform\n  {fields}\n");
        var step = graph.Steps[0];
        Assert.Equal((StepKind.Transform, "transform"), (step.Kind, step.NodeType));
        var value = step.Value!.Render(new Variables(graph.Scope, "workload", Value.FromJson("""{"n": 4}""")));
        Assert.Equal(json, value.ToJson());
    }

    [Fact]
    public void Compensation_and_finally_stand_outside_of_the_flow()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workflow:
            - step: start
              next: [book, pay]
            - step: book
              tool: mail
              compensate: undo
              next: end
            - step: pay
              tool: playbook
              path: t/pay
              compensate: undo
              next: end
            - step: undo
              tool: mail
              args: {what: "{{ result }}", of: "{{ book.x }}", why: "{{ event }}"}
            - step: tell
              tool: python
              finally: true
              args: {status: "{{ event }}", error: "{{ error }}", paid: "{{ pay }}"}
              code: "def main(status): return status"
            """);
        Assert.Equal([null, 3, 3, null, null, null], graph.Steps.Select(step => step.Compensate));
        Assert.Equal([StepRole.Flow, StepRole.Flow, StepRole.Flow, StepRole.Compensation, StepRole.Finally, StepRole.Flow],
            graph.Steps.Select(step => step.Role));
    }

    private static StepNode Step(string fields) =>
        Compiling.Clean($"{Compiling.Head}workload: {{n: 1}}\nworkflow:\n- step: a\n  {fields}\n").Steps[0];

    private sealed class Variables(ExpressionScope scope, string name, Value value, Value? others = null) : IVariables
    {
        public Value Get(int slot) => scope.Names[slot] == name ? value : others ?? Value.Missing;
    }
}
