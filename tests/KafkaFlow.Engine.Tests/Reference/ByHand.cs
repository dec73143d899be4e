using KafkaFlow.Engine.Reference;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>A run of the reference interpreter whose outcome was worked out by hand.</summary>
internal sealed class ByHand(ReferenceRun run)
{
    public ReferenceRun Run => run;

    /// <param name="workflow">The steps, as they stand under workflow.</param>
    public static ByHand Begin(string workflow, string options = "", ReferenceSettings? settings = null)
    {
        var text = $"apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: {{path: t/t}}\n{options}\n"
            + $"workload: {{n: 3, list: [3, 1, 2], map: {{a: 1, b: 2}}}}\nworkflow:\n{workflow}\n";
        var compiled = PlaybookCompiler.Compile(text, "hand.yaml");
        Assert.True(compiled.Graph is not null, string.Join('\n', compiled.Diagnostics.Select(d => $"{d.Line}: {d.Message}")));
        return new(new(compiled.Graph, null, settings ?? new(), "run", 1_700_000_000_000_000));
    }

    /// <summary>Completes the open attempt of an activation; a step's name stands for its only open one.</summary>
    public ByHand Done(string activation, string json = "null")
    {
        var task = Open(activation);
        Assert.Equal(InputOutcome.Accepted, run.Complete(task.Activation, task.Attempt, json));
        return this;
    }

    public ByHand Failed(string activation, string code = "boom", bool retryable = true)
    {
        var task = Open(activation);
        Assert.Equal(InputOutcome.Accepted, run.Fail(task.Activation, task.Attempt, code, "it broke", retryable));
        return this;
    }

    public ByHand Fires(string activation, string kind)
    {
        var timer = Assert.Single(run.Timers, timer => (timer.Activation, timer.Kind) == (activation, kind));
        run.Now = timer.DueMicros ?? run.Now;
        Assert.Equal(InputOutcome.Accepted, run.Fire(activation, kind));
        return this;
    }

    public OpenTask Open(string activation) => Assert.Single(run.Tasks,
        task => task.Activation == activation || task.Activation.StartsWith($"{activation}#", StringComparison.Ordinal));

    /// <summary>Every activation in the order they began: <c>a#1 COMPLETED 1</c>.</summary>
    public ByHand Is(RunStatus status, params string[] activations)
    {
        Assert.Equal(activations.Order(StringComparer.Ordinal), run.Activations.Select(a =>
            $"{a.Activation} {a.Outcome.ToString().ToUpperInvariant()} {a.ResultJson ?? a.ErrorCode}".TrimEnd())
            .Order(StringComparer.Ordinal));
        Assert.Equal(status, run.Status);
        return this;
    }

    public ByHand Opens(params string[] tasks)
    {
        Assert.Equal(tasks.Order(StringComparer.Ordinal),
            run.Tasks.Select(task => $"{task.Activation}/{task.Attempt}").Order(StringComparer.Ordinal));
        return this;
    }

    public ByHand Gets(string activation, string inputJson)
    {
        Assert.Equal(inputJson, Open(activation).InputJson);
        return this;
    }

    public ByHand Then(Func<ReferenceRun, InputOutcome> input, InputOutcome expected = InputOutcome.Accepted)
    {
        Assert.Equal(expected, input(run));
        return this;
    }
}
