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
        HashSet<string>? begun = null;
        foreach (var fact in facts)
        {
            switch (fact.EventType)
            {
                case EventTypes.StepStarted:
                case EventTypes.LoopIteration when fact.Status == EventStatus.Running:
                    (begun ??= new(StringComparer.Ordinal)).Add(fact.Activation!);
                    Schedule(after, fact, outputs);
                    break;
                case EventTypes.ActionRetryScheduled:
                case EventTypes.TimerFired when fact.Activation is not null:
                    Schedule(after, fact, outputs);
                    break;
                case EventTypes.ActionStarted:
                    Arm(after, fact.Activation!, outputs);
                    break;
                case EventTypes.TimerArmed:
                    if (fact.Activation is { } waiting) Arm(after, waiting, outputs);
                    else if (after is { IsFinished: false, DeadlineAt: { } due })
                        outputs.Add(new EngineOutput.ArmTimer(TimerKeys.Deadline(after.ExecutionId), due));
                    break;
                case EventTypes.ActionFailed:
                    if (ControlFor(fact) is { } action) outputs.Add(Control(fact, action, CodeOf(fact)));
                    break;
                case EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepCancelled
                    or EventTypes.LoopIteration:
                    if (begun?.Contains(fact.Activation!) != true) Settle(fact, outputs);
                    break;
                case EventTypes.ChildStarted:
                    if (IsWaiting(after, fact.Activation!))
                        outputs.Add(Send(Children.StartOf(after, fact, FactMeta.Parse(fact.Meta))));
                    break;
                case EventTypes.ChildEnded when fact.Status == EventStatus.Cancelled && fact.WorkerId is null:
                    outputs.Add(Send(Cancel(FactMeta.Parse(fact.Meta).Child!, fact)));
                    break;
                case EventTypes.ExecutionClosing:
                    CancelAwaited(after, fact, outputs);
                    break;
                case EventTypes.ExecutionResumed:
                    foreach (var visit in after.Activations.Values) Arm(after, visit.Id, outputs);
                    break;
                default:
                    if (EventTypes.IsTerminal(fact.EventType)) End(after, fact, outputs);
                    break;
            }
        }
        if (after.Cursor is { } cursor) outputs.Add(Send(Continue(after.ExecutionId, cursor)));
    }

    private static EngineOutput.SendCommand Send(Command command) => new(command);

    private static Command Continue(string executionId, string cursor) => new()
    {
        EventType = CommandTypes.Continue,
        ExecutionId = executionId,
        Cursor = cursor,
    };

    private static Command Cancel(string child, ExecutionEvent cause) => new()
    {
        EventType = CommandTypes.CancelRequested,
        ExecutionId = child,
        EventId = $"{cause.EventId}!cancel",
        Actor = Children.Worker,
        Reason = $"its parent {cause.ExecutionId} does not need it any more",
    };

    private static bool IsWaiting(ExecutionState after, string activation) =>
        after.Activations.TryGetValue(activation, out var step) && step.Phase == ActivationPhase.Waiting;

    /// <summary>Children whose end the closing waits for have to be told before their step is cancelled.</summary>
    private static void CancelAwaited(ExecutionState after, ExecutionEvent fact, List<EngineOutput> outputs)
    {
        foreach (var visit in after.Activations.Values)
            if (visit.Wait is { AwaitCancel: true, Child: { } child }) outputs.Add(Send(Cancel(child, fact)));
    }

    private static void End(ExecutionState after, ExecutionEvent fact, List<EngineOutput> outputs)
    {
        if (after.DeadlineAt is not null)
            outputs.Add(new EngineOutput.ClearTimer(TimerKeys.Deadline(after.ExecutionId)));
        if (fact.Meta is not null && Children.Report(fact, FactMeta.Parse(fact.Meta)) is { } report)
            outputs.Add(Send(report));
    }

    private static void Schedule(ExecutionState after, ExecutionEvent fact, List<EngineOutput> outputs)
    {
        if (!after.Activations.TryGetValue(fact.Activation!, out var step) || step.Work is not { } work) return;
        if (step.Phase == ActivationPhase.BackingOff) Arm(after, step.Id, outputs);
        if (step.Phase != ActivationPhase.Scheduled) return;
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
        var isGivenUp = fact.Status == EventStatus.Cancelled
            || fact.Meta?.Contains(StepEnd.Operator, StringComparison.Ordinal) == true;
        if (!isGivenUp) return;
        var meta = FactMeta.Parse(fact.Meta);
        if (meta.TaskHash is not null) outputs.Add(Control(fact, TaskControl.Cancelled, meta.Reason));
        if (fact.Status == EventStatus.Cancelled && meta.Child is { } child) outputs.Add(Send(Cancel(child, fact)));
    }

    private static EngineOutput.ControlTask Control(ExecutionEvent fact, string action, string? reason)
    {
        var taskId = TaskRecord.IdOf(fact.ExecutionId, fact.Activation!, fact.Attempt ?? 1);
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
