using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using Claim = KafkaFlow.Contracts.Command;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary>
/// Appends a command to an execution that exists. A change of a run under way is followed until it has been decided, so
/// that one that does not apply ends with its reasons and not with silence.
/// </summary>
internal sealed class ExecutionAsk(CommandContext context, string executionId)
{
    private static readonly TimeSpan DecisionLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(200);

    /// <summary>Who asks, and why; every command to an execution takes both.</summary>
    public sealed record By(Option<string?> Actor, Option<string?> Reason)
    {
        public static By AddTo(Command command)
        {
            var by = new By(
                new Option<string?>("--actor") { Description = "who asks; the user of this process if not given" },
                new Option<string?>("--reason") { Description = "why; recorded" });
            command.Options.Add(by.Actor);
            command.Options.Add(by.Reason);
            return by;
        }

        public Claim Sign(Claim claim, ParseResult parsed) => claim with
        {
            EventId = Guid.CreateVersion7().ToString(),
            Actor = parsed.GetValue(Actor) ?? Environment.UserName,
            Reason = parsed.GetValue(Reason),
        };
    }

    /// <param name="prepare">Checks the command against the execution and may complete it.</param>
    /// <param name="isChange">It is accepted or rejected by an event.</param>
    /// <exception cref="CliException">No such execution, it has ended, or the command does not apply.</exception>
    public async Task<int> SendAsync(
        Claim claim, Func<Cluster, ExecutionHistory, Claim>? prepare, bool isChange, CancellationToken cancel)
    {
        if (ExecutionIds.Problem(executionId) is { } problem)
            throw new CliException(ExitCodes.Validation, "bad_execution_id", problem)
            {
                Where = "ID", Found = executionId,
            };
        using var cluster = await context.ConnectAsync(cancel);
        using var log = new ExecutionLog(cluster, executionId);
        var facts = log.ReadToEnd(cancel);
        if (facts.Count == 0) throw ExecutionHistory.Unknown(executionId);
        var history = ExecutionHistory.Of(facts);
        if (history.State.IsFinished) throw Finished(history);
        if (prepare is not null) claim = prepare(cluster, history);
        var appended = await cluster.AppendAsync(claim, cancel);
        var decided = isChange ? Follow(log, appended, history, cancel) : null;
        if (decided?.EventType == EventTypes.CommandRejected) throw Rejected(decided, claim);
        Show(context.Report, appended);
        var word = decided is not null ? $"decided as {decided.EventType} at seq {decided.Seq}; " : "";
        context.Report.Talk($"{word}next: kafkaflow execution show {executionId}");
        return ExitCodes.Ok;
    }

    public static void Show(Report report, Appended appended) => report.Document(
        new JsonObject
        {
            ["execution_id"] = appended.ExecutionId, ["event_id"] = appended.EventId, ["topic"] = appended.Topic,
            ["partition"] = appended.Partition, ["offset"] = appended.Offset,
        },
        o => o.WriteLine(
            $"{appended.ExecutionId} asked for at {appended.Topic} {appended.Partition}@{appended.Offset}"));

    private ExecutionEvent? Follow(
        ExecutionLog log, Appended appended, ExecutionHistory history, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < DecisionLimit;)
            foreach (var fact in log.Next(Slice, cancel))
                if (fact.CauseOffset == appended.Offset && fact.CausePartition == appended.Partition) return fact;
        context.Report.Talk(history.Status == EventStatus.Parked
            ? $"execution {executionId} is parked: this is decided after kafkaflow execution resume {executionId}"
            : $"not decided after {DecisionLimit.TotalSeconds:0} s; is an engine running? kafkaflow engine status");
        return null;
    }

    private static CliException Finished(ExecutionHistory history) => new(
        ExitCodes.Conflict, "finished_execution", $"execution {history.ExecutionId} is {history.Status}")
    {
        Where = "ID", Expected = "an execution that has not ended", Found = history.Status,
        Hint = $"see: kafkaflow execution show {history.ExecutionId}",
    };

    private static CliException Rejected(ExecutionEvent fact, Claim claim) => new(
        ExitCodes.Conflict, "rejected", (string?)EventJson.Parse(fact.Meta)?["reason"] ?? "the command does not apply")
    {
        Where = claim.EventType, Found = claim.Step ?? claim.Activation ?? claim.Name,
        Hint = $"it is recorded as {fact.EventId}; see: kafkaflow execution show {fact.ExecutionId}",
    };
}
