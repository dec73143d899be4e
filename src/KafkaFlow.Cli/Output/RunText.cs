using KafkaFlow.Cli.Local;
using KafkaFlow.Engine;

namespace KafkaFlow.Cli.Output;

/// <summary>An execution for people.</summary>
internal static class RunText
{
    private const int MaxWaits = 20;

    public static void Write(TextWriter o, ExecutionHistory history)
    {
        var run = history.Run;
        o.WriteLine($"execution  {run.ExecutionId}");
        var patched = history.GraphVersion > 1 ? $", patched: graph version {history.GraphVersion}" : "";
        o.WriteLine($"playbook   {run.PlaybookPath}@{run.PlaybookVersion}{patched}");
        o.WriteLine($"status     {history.Status}{(run.DurationMs is { } ms ? $" after {ms} ms" : "")}");
        foreach (var step in run.Steps)
            o.WriteLine(
                $"  {step.Activation,-24} {step.NodeType ?? "-",-10} {step.Status,-10} "
                + $"{Attempts(step)}{step.DurationMs,6} ms");
        foreach (var waiting in Waiting.For(history.State).Take(MaxWaits))
            o.WriteLine($"waits      {waiting.What}{(waiting.Until is { } until ? $", until {until}" : "")}");
        if (run.Error is not null) o.WriteLine($"error      {Report.CompactText(EventJson.Parse(run.Error))}");
        o.WriteLine($"result     {Report.Pretty(EventJson.Parse(run.Result))}");
    }

    public static void WriteWhy(TextWriter o, ExecutionHistory history, IReadOnlyList<WaitingFor> reasons)
    {
        o.WriteLine($"{history.ExecutionId} is {history.Status}");
        foreach (var reason in reasons)
        {
            o.WriteLine($"  {reason.What}");
            o.WriteLine($"    since {reason.Since}");
            o.WriteLine($"    next  {reason.Next}{(reason.Until is { } until ? $", at {until}" : "")}");
            if (reason.Fix is { } fix) o.WriteLine($"    fix   {fix}");
        }
    }

    private static string Attempts(StepView step) => step.Attempts > 1 ? $"{step.Attempts} attempts " : "";
}
