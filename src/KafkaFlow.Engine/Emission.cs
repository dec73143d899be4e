using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// What a decision sends beside its facts, live and at takeover alike: a function of the facts and the state after
/// them. What began and ended within one decision was never out, so nothing is sent about it.
/// </summary>
internal static class Emission
{
    public static void Of(ExecutionState after, IReadOnlyList<ExecutionEvent> facts, List<EngineOutput> outputs)
    {
        var begun = new HashSet<string>(StringComparer.Ordinal);
        foreach (var fact in facts)
        {
            switch (fact.EventType)
            {
                case EventTypes.StepStarted:
                    begun.Add(fact.Activation!);
                    if (fact.NodeType is not null) Schedule(after, fact, outputs);
                    break;
                case EventTypes.ActionRetryScheduled:
                    Schedule(after, fact, outputs);
                    break;
                case EventTypes.ActionStarted:
                    Arm(after, fact.Activation!, outputs);
                    break;
                case EventTypes.ActionFailed:
                    if (ControlFor(fact) is { } action) outputs.Add(Control(fact, action));
                    break;
                case EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepCancelled:
                    if (fact.NodeType is not null && !begun.Contains(fact.Activation!)) Settle(fact, outputs);
                    break;
                case EventTypes.TimerArmed:
                    if (after is { IsFinished: false, DeadlineAt: { } due })
                        outputs.Add(new EngineOutput.ArmTimer(TimerKeys.Deadline(after.ExecutionId), due));
                    break;
                default:
                    if (EventTypes.IsTerminal(fact.EventType) && after.DeadlineAt is not null)
                        outputs.Add(new EngineOutput.ClearTimer(TimerKeys.Deadline(after.ExecutionId)));
                    break;
            }
        }
        if (after.Cursor is { } cursor) outputs.Add(new EngineOutput.SendCommand(Continue(after.ExecutionId, cursor)));
    }

    private static Command Continue(string executionId, string cursor) => new()
    {
        EventType = CommandTypes.Continue,
        ExecutionId = executionId,
        Cursor = cursor,
    };

    private static void Schedule(ExecutionState after, ExecutionEvent fact, List<EngineOutput> outputs)
    {
        if (!after.Activations.TryGetValue(fact.Activation!, out var step)) return;
        if (step.Phase != ActivationPhase.Scheduled || step.Work is not { } work) return;
        var start = after.Begun;
        outputs.Add(new EngineOutput.ScheduleTask(new()
        {
            TaskId = TaskRecord.IdOf(after.ExecutionId, step.Id, step.Attempt),
            ExecutionId = after.ExecutionId,
            Activation = step.Id,
            Attempt = step.Attempt,
            Step = step.Step,
            NodeType = step.NodeType!,
            PlaybookPath = start.PlaybookPath,
            PlaybookVersion = start.PlaybookVersion,
            ContentHash = start.ContentHash,
            TaskHash = step.TaskHash!,
            Input = work.Input,
            Auth = work.Auth,
            TimeoutMs = work.AttemptMs,
            HeartbeatMs = work.HeartbeatMs,
            DeadlineAt = after.DeadlineAt,
            HeartbeatDetails = work.Details,
            ReplyTopic = start.Settings.ReplyTopic,
            ReplyPartition = after.Partition,
            ParentEventId = ExecutionEvent.IdOf(after.ExecutionId, step.StartSeq),
            Traceparent = start.Traceparent,
            CreatedAt = fact.CreatedAt,
        }));
        Arm(after, step.Id, outputs);
    }

    private static void Arm(ExecutionState after, string activation, List<EngineOutput> outputs)
    {
        if (after.Start is not { } start || !after.Activations.TryGetValue(activation, out var step)) return;
        if (Deadlines.Next(step, start.Settings, null) is { } due)
            outputs.Add(new EngineOutput.ArmTimer(TimerKeys.Of(after.ExecutionId, activation), due));
    }

    private static void Settle(ExecutionEvent fact, List<EngineOutput> outputs)
    {
        outputs.Add(new EngineOutput.ClearTimer(TimerKeys.Of(fact.ExecutionId, fact.Activation!)));
        if (fact.EventType == EventTypes.StepCancelled) outputs.Add(Control(fact, TaskControl.Cancelled));
    }

    private static EngineOutput.ControlTask Control(ExecutionEvent fact, string action)
    {
        var taskId = TaskRecord.IdOf(fact.ExecutionId, fact.Activation!, fact.Attempt ?? 1);
        var reason = fact.EventType == EventTypes.StepCancelled ? "closing" : CodeOf(fact);
        return new(new(taskId, action, reason, fact.CreatedAt));
    }

    /// <summary>A worker that has answered needs no word; one that a timer has given up must stop.</summary>
    private static string? ControlFor(ExecutionEvent failed)
    {
        if (FactMeta.Parse(failed.Meta).TimerId is null) return null;
        return CodeOf(failed) == StepError.HeartbeatTimeout ? TaskControl.Superseded : TaskControl.TimedOut;
    }

    private static string? CodeOf(ExecutionEvent failed)
    {
        if (failed.Error is null) return null;
        using var document = JsonDocument.Parse(failed.Error, JsonText.Reading);
        return document.RootElement.GetProperty("code").GetString();
    }
}
