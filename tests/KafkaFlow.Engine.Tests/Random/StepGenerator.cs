namespace KafkaFlow.Engine.Tests;

/// <summary>What one random step does.</summary>
internal sealed class StepGenerator(Random random, Constructs allowed, Func<string> stepName)
{
    public (List<string> Core, List<string> Options) Next()
    {
        var kinds = new List<Func<(List<string>, List<string>)>> { Task, Task, Task, Task, PassThrough };
        if (allowed.HasFlag(Constructs.Transform)) kinds.Add(Transform);
        if (allowed.HasFlag(Constructs.Items)) kinds.Add(Items);
        if (allowed.HasFlag(Constructs.While)) kinds.Add(While);
        if (allowed.HasFlag(Constructs.Wait)) kinds.Add(Wait);
        if (allowed.HasFlag(Constructs.SignalWait)) kinds.Add(Signal);
        if (allowed.HasFlag(Constructs.Approval)) kinds.Add(Approval);
        if (allowed.HasFlag(Constructs.Child)) kinds.Add(Child);
        return kinds[random.Next(kinds.Count)]();
    }

    private bool May(Constructs construct, int oneIn) => allowed.HasFlag(construct) && random.Next(oneIn) == 0;

    private string Value() => random.Next(6) switch
    {
        0 => "{{ result | default('none') }}",
        1 => $"{{{{ {stepName()} | default('none') }}}}",
        2 => $"{{{{ {stepName()}.k | default(0) }}}}",
        3 when allowed.HasFlag(Constructs.SetVariable) => "{{ vars.v | default(0) }}",
        4 when random.Next(3) == 0 => "{{ result.k }}",
        _ => "{{ workload.n }}",
    };

    private (List<string>, List<string>) PassThrough() => ([], []);

    private (List<string>, List<string>) Task()
    {
        var options = new List<string>();
        var attempt = random.Next(4) == 0 ? ", a: \"{{ attempt }}\"" : "";
        if (random.Next(2) == 0) options.Add($"args: {{x: \"{Value()}\"{attempt}}}");
        if (May(Constructs.Timeout, 4)) options.Add(Timeouts());
        if (May(Constructs.Retry, 3)) options.Add(Retry());
        return (["tool: work"], options);
    }

    private string Timeouts() => random.Next(4) switch
    {
        0 => "timeout: {queue: 20s}",
        1 => "timeout: {attempt: 10s}",
        2 => "timeout: {total: 45s}",
        _ => "timeout: {heartbeat: 5s}",
    };

    private string Retry() => random.Next(5) switch
    {
        0 => "retry: {max_attempts: 3, initial_delay: 2s, stop_when: \"{{ error.code == 'bad' }}\"}",
        1 => "retry: {max_attempts: 3, initial_delay: 2s, retry_when: \"{{ error.code == 'boom' }}\"}",
        2 => "retry: {max_attempts: 4, initial_delay: 1s, jitter: false, non_retryable: [bad]}",
        3 => "retry: {max_attempts: 2, initial_delay: 1s, retry_when: \"{{ attempt < 2 }}\"}",
        _ => "retry: {max_attempts: 2, initial_delay: 1s}",
    };

    private (List<string>, List<string>) Transform() =>
        ([$"tool: transform", $"value: {{k: \"{(random.Next(3) == 0 ? "{{ result.k + 1 }}" : Value())}\"}}"], []);

    private (List<string>, List<string>) Items()
    {
        var core = new List<string> { "tool: iterator", $"collection: \"{Collection()}\"" };
        var element = random.Next(2) == 0 ? "item" : "one";
        if (element != "item") core.Add($"element: {element}");
        var options = new List<string>();
        if (random.Next(2) == 0) options.Add(random.Next(2) == 0 ? "mode: async" : "{mode: async, concurrency: 2}");
        Split(options);
        if (May(Constructs.Timeout, 5)) options.Add("timeout: {total: 80s}");
        if (May(Constructs.ItemErrors, 2)) options.Add(random.Next(2) == 0 ? "on_error: collect" : "on_error: {tolerate: 1}");
        if (May(Constructs.ItemOrder, 2)) AddOrder(options, element);
        if (May(Constructs.NestedItems, 4))
            core.AddRange(["task:", "  tool: iterator", "  collection: [1, 2]", "  element: inner", "  task:",
                "    tool: work", $"    args: {{i: \"{{{{ inner }}}}\", o: \"{{{{ {element} }}}}\"}}"]);
        else core.AddRange(Body(element));
        return (core, options);
    }

    private static void Split(List<string> options)
    {
        if (!options.Remove("{mode: async, concurrency: 2}")) return;
        options.AddRange(["mode: async", "concurrency: 2"]);
    }

    private string Collection() => random.Next(8) switch
    {
        0 => "{{ workload.map }}",
        1 => "{{ result }}",
        2 => "{{ result.list | default([1, 2]) }}",
        3 => "{{ [] }}",
        _ => "{{ workload.list }}",
    };

    private void AddOrder(List<string> options, string element)
    {
        switch (random.Next(5))
        {
            case 0: options.Add($"where: \"{{{{ index > 0 and {element} != 3 }}}}\""); break;
            case 1: options.Add($"order_by: \"{{{{ {element} | string }}}}\""); break;
            case 2: options.Add($"order_by: {{by: \"{{{{ {element} | string }}}}\", descending: true}}"); break;
            case 3: options.Add("chunk: 2"); break;
            default: options.Add("enumerate: true"); break;
        }
        if (random.Next(3) == 0) options.Add("limit: 2");
    }

    private List<string> Body(string element)
    {
        switch (random.Next(6))
        {
            case 0:
                return ["task:", "  tool: transform", $"  value: {{v: \"{{{{ {element} }}}}\", i: \"{{{{ index }}}}\"}}"];
            case 1 when allowed.HasFlag(Constructs.Child):
                return ["task:", "  tool: playbook", "  path: tests/child", $"  args: {{v: \"{{{{ {element} }}}}\"}}"];
            default:
                List<string> task = ["task:", "  tool: work", $"  args: {{v: \"{{{{ {element} }}}}\", i: \"{{{{ index }}}}\"}}"];
                if (May(Constructs.Retry, 3)) task.Add("  " + Retry());
                return task;
        }
    }

    private (List<string>, List<string>) While()
    {
        var breaks = random.Next(3) == 0 ? ", break_when: \"{{ result.k == 9 }}\"" : "";
        var times = random.Next(4) switch { 0 => ", delay: 5s", 1 => ", timeout: 60s", _ => "" };
        var loop = $"while: {{condition: \"{{{{ result.k > {random.Next(1, 7)} }}}}\", "
            + $"max_iterations: {random.Next(1, 4)}{breaks}{times}}}";
        var options = new List<string> { "args: {i: \"{{ index }}\", r: \"{{ result | default('none') }}\"}" };
        if (May(Constructs.Retry, 3)) options.Add(Retry());
        return (["tool: work", loop], options);
    }

    private (List<string>, List<string>) Wait() => ([random.Next(4) switch
    {
        0 => "wait: {until: \"2020-01-01T00:00:00Z\"}",
        1 => "wait: {until: \"2033-01-01T00:00:00Z\"}",
        2 => "wait: {duration: 5s}",
        _ => "wait: {duration: \"{{ workload.n }}\"}",
    }], []);

    private (List<string>, List<string>) Signal() =>
        ([random.Next(2) == 0 ? "wait: {signal: go}" : "wait: {signal: \"{{ 'go' }}\", timeout: 50s}"], []);

    private (List<string>, List<string>) Approval() => ([random.Next(3) switch
    {
        0 => "approval: {who: [ann, bob], timeout: 1h}",
        1 => "approval: {form: {ask: \"{{ workload.n }}\"}}",
        _ => "approval: {who: ann}",
    }], []);

    private (List<string>, List<string>) Child()
    {
        var core = new List<string> { "tool: playbook", "path: tests/child" };
        var options = new List<string> { $"args: {{p: \"{Value()}\"}}" };
        if (random.Next(3) == 0) options.Add("await_cancel: true");
        if (May(Constructs.Timeout, 4)) options.Add("timeout: {total: 90s}");
        return (core, options);
    }
}
