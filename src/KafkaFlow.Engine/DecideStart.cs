using System.Globalization;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary><c>execution_started</c> with its pins, or <c>start_resolved</c>: the first accepted one wins.</summary>
internal static class DecideStart
{
    public static void Decide(Draft draft, ExecutionState? state)
    {
        var command = draft.Command;
        var hash = StartRequest.HashOf(command);
        draft.Outcome = state is not null ? Again(state, hash)
            : Refusal(command, draft.Input.Graph) ?? Begin(draft, draft.Input.Graph!, hash);
    }

    private static DecisionOutcome Again(ExecutionState state, string hash) =>
        state.StartHash == hash
            ? new DecisionOutcome.Ignored("the same start again")
            : new DecisionOutcome.DeadLetter(DlqCodes.Conflict,
                $"execution {state.ExecutionId} was started with another playbook, version, hash or payload");

    private static DecisionOutcome.DeadLetter? Refusal(Command command, PlaybookGraph? graph)
    {
        var name = $"{command.PlaybookPath}@{command.PlaybookVersion ?? "latest"}";
        if (command.NotFound == true || graph is null)
            return new(DlqCodes.UnknownPlaybook, $"playbook {name} is not registered");
        if (command.ContentHash != graph.ContentHash)
            return new(DlqCodes.UnknownPlaybook,
                $"playbook {name} has content hash {graph.ContentHash}; the start names {command.ContentHash}");
        if (!int.TryParse(command.PlaybookVersion, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return new(DlqCodes.WrongType,
                $"playbook_version is '{command.PlaybookVersion}'; a pinned start names a number");
        return null;
    }

    private static DecisionOutcome Begin(Draft draft, PlaybookGraph graph, string hash)
    {
        var command = draft.Command;
        var workload = Workload.Merge(command.Payload, GraphPlan.Of(graph), draft, out var refusal, out var failure);
        if (refusal is not null) return refusal;
        if (JsonText.Bytes(workload) is var bytes && bytes > Draft.FactRoomBytes)
            return new DecisionOutcome.DeadLetter(DlqCodes.Oversized,
                $"the merged workload has {bytes} bytes; at most {Draft.FactRoomBytes} are allowed");
        draft.Record(EventTypes.ExecutionStarted, EventStatus.Started, new()
        {
            Context = workload,
            PlaybookVersion = int.Parse(command.PlaybookVersion!, CultureInfo.InvariantCulture),
            ParentExecutionId = ParentOf(command.Parent),
            Meta = new()
            {
                StartHash = hash,
                Settings = draft.Input.Settings,
                Parent = command.Parent is { } parent && JsonText.IsValid(parent) ? parent : null,
                Actor = command.Actor,
                Reason = command.Reason,
            },
        });
        if (graph.DeadlineMs is { } deadline) ArmDeadline(draft, draft.Now.PlusMillis(deadline));
        if (failure is not null)
            Closing.Begin(draft, EventStatus.Failed, failure.ToJson(null, null), draft.State.LastSeq, failure.Code);
        else draft.Pend(graph.Entry);
        return DecisionOutcome.Accepted.Instance;
    }

    private static void ArmDeadline(Draft draft, Timestamp dueAt) =>
        draft.Record(EventTypes.TimerArmed, EventStatus.Waiting, new()
        {
            ParentSeq = 1,
            Meta = new()
            {
                TimerId = TimerKeys.IdOf(TimerKeys.Deadline(draft.Command.ExecutionId), dueAt),
                DueAt = dueAt,
                Reason = StepError.Deadline,
            },
        });

    private static string? ParentOf(string? parent)
    {
        if (parent is null || !JsonText.IsValid(parent)) return null;
        using var document = JsonDocument.Parse(parent, JsonText.Reading);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("execution_id", out var id) ? id.GetString() : null;
    }
}
