using System.Text;

namespace KafkaFlow.Engine.Tests;

/// <summary>A playbook as text to be: whatever stands in a list can be left out, which is how a case shrinks.</summary>
internal sealed record PlaybookSpec(IReadOnlyList<StepSpec> Steps, IReadOnlyList<string> Options)
{
    public const string Path = "tests/playbook";

    public string Yaml()
    {
        var text = new StringBuilder("apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: {path: tests/playbook}\n");
        foreach (var option in Options) text.Append(option).Append('\n');
        text.Append("workload: {n: 3, list: [4, 1, 3, 2], map: {a: 1, b: 2}}\nworkflow:\n");
        foreach (var step in Steps)
        {
            text.Append("  - step: ").Append(step.Name).Append('\n');
            foreach (var line in step.Core.Concat(step.Options)) text.Append("    ").Append(line).Append('\n');
            if (step.Edges.Count > 0) text.Append("    next:\n");
            foreach (var edge in step.Edges)
                text.Append("      - {").AppendJoin(", ", edge.Parts.Prepend($"step: {edge.To}")).Append("}\n");
        }
        return text.ToString();
    }

    /// <summary>All playbooks that are one part smaller.</summary>
    public IEnumerable<PlaybookSpec> Smaller()
    {
        for (var i = Steps.Count - 1; i >= 0; i--)
        {
            var gone = Steps[i].Name;
            if (Steps.Count > 1)
                yield return this with
                {
                    Steps = [.. Steps.Where(step => step.Name != gone).Select(step => step.Without(gone))],
                };
            foreach (var smaller in Steps[i].Smaller())
                yield return this with { Steps = [.. Steps.Select(step => step.Name == gone ? smaller : step)] };
        }
        for (var i = 0; i < Options.Count; i++) yield return this with { Options = [.. Options.Where((_, at) => at != i)] };
    }
}

/// <param name="Core">Lines that make the step what it is.</param>
/// <param name="Options">Lines that can be left out.</param>
internal sealed record StepSpec(
    string Name, IReadOnlyList<string> Core, IReadOnlyList<string> Options, IReadOnlyList<EdgeSpec> Edges)
{
    public StepSpec Without(string target) => this with
    {
        Edges = [.. Edges.Where(edge => edge.To != target)],
        Options = [.. Options.Where(option => option != $"compensate: {target}")],
    };

    public IEnumerable<StepSpec> Smaller()
    {
        if (Core.Count > 0) yield return this with { Core = [], Options = [.. Options.Where(IsForAll)] };
        if (Core.Count > 0 && Core[0] != "tool: work")
            yield return this with { Core = ["tool: work"], Options = [.. Options.Where(IsForAll)] };
        for (var i = 0; i < Options.Count; i++)
            yield return this with { Options = [.. Options.Where((_, at) => at != i)] };
        for (var i = 0; i < Edges.Count; i++)
        {
            yield return this with { Edges = [.. Edges.Where((_, at) => at != i)] };
            for (var part = 0; part < Edges[i].Parts.Count; part++)
            {
                var smaller = Edges[i] with { Parts = [.. Edges[i].Parts.Where((_, at) => at != part)] };
                yield return this with { Edges = [.. Edges.Select((edge, at) => at == i ? smaller : edge)] };
            }
        }
    }

    private static bool IsForAll(string option) =>
        option.StartsWith("join", StringComparison.Ordinal) || option.StartsWith("next_mode", StringComparison.Ordinal)
        || option.StartsWith("finally", StringComparison.Ordinal);
}

/// <param name="Parts">Entries of the edge's map beside its step.</param>
internal sealed record EdgeSpec(string To, IReadOnlyList<string> Parts);
