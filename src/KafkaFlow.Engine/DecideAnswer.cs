using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// <c>action_*</c>: what a worker reports about an attempt. The first answer in log order wins; an answer to another
/// attempt or another content changes nothing and is recorded as stale once per attempt.
/// </summary>
internal static class DecideAnswer
{
    /// <summary>Stale attempts remembered per activation; further ones are only ignored.</summary>
    private const int MaxStaleAttempts = 16;

    public static void Decide(Draft draft)
    {
        if (Live(draft) is not { } visit) return;
        if (visit.Phase == ActivationPhase.Waiting)
        {
            if (draft.Command.EventType is CommandTypes.ActionCompleted or CommandTypes.ActionFailed)
                Children.Ended(draft, visit);
            else draft.Outcome = new DecisionOutcome.Ignored("a child has no signs of life");
            return;
        }
        switch (draft.Command.EventType)
        {
            case CommandTypes.ActionStarted:
            case CommandTypes.ActionHeartbeat:
                Beat(draft, visit);
                break;
            case CommandTypes.ActionCompleted:
                ActivationEnd.Complete(draft, visit.Id,
                    new() { Result = draft.Command.Result ?? "null", Answer = draft.Command });
                break;
            default:
                Attempts.Fail(draft, visit, draft.Input.Undecodable is { } reason
                    ? new(StepError.UndecodableAnswer, reason, false) : Sized(draft.Command.Error));
                break;
        }
    }

    /// <returns>The live activation whose attempt this answers; otherwise the outcome is set.</returns>
    private static ActivationState? Live(Draft draft)
    {
        var command = draft.Command;
        var (id, attempt) = draft.Input.Undecodable is null
            ? (command.Activation, command.Attempt) : TaskOf(command);
        if (id is null || attempt is null || !draft.State.Activations.TryGetValue(id, out var visit))
        {
            draft.Outcome = Unmatched(draft, $"execution {command.ExecutionId} has no activation {id}");
            return null;
        }
        var same = attempt == visit.Attempt
            && (draft.Input.Undecodable is not null || command.TaskHash == visit.TaskHash);
        if (same && (visit.IsOut || visit is { Phase: ActivationPhase.Waiting, Wait.Child: not null })) return visit;
        if (draft.Input.Undecodable is not null)
            draft.Outcome = Unmatched(draft, $"task {command.TaskId} is not live");
        else if (same)
            draft.Outcome = new DecisionOutcome.Ignored($"attempt {attempt} of {id} has been answered");
        else RecordStale(draft, visit, attempt.Value);
        return null;
    }

    private static DecisionOutcome Unmatched(Draft draft, string reason) =>
        draft.Input.Undecodable is { } why
            ? new DecisionOutcome.DeadLetter(DlqCodes.Undecodable, $"{why}; {reason}")
            : new DecisionOutcome.Ignored(reason);

    private static (string? Activation, int? Attempt) TaskOf(Command command)
    {
        var parts = command.TaskId?.Split('/');
        return parts is { Length: 3 } && parts[0] == command.ExecutionId
            && int.TryParse(parts[2], System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out var attempt)
            ? (parts[1], attempt) : (null, null);
    }

    private static void RecordStale(Draft draft, ActivationState visit, int attempt)
    {
        var command = draft.Command;
        var reason = attempt == visit.Attempt
            ? $"task_hash {command.TaskHash} is not that of the task" : $"attempt {visit.Attempt} is the current one";
        if (visit.StaleAttempts.Contains(attempt) || visit.StaleAttempts.Length >= MaxStaleAttempts)
        {
            draft.Outcome = new DecisionOutcome.Ignored($"stale answer to attempt {attempt} of {visit.Id}: {reason}");
            return;
        }
        draft.Record(EventTypes.StaleResult, EventStatus.Stale, FactBody.Of(visit, visit.StartSeq) with
        {
            Attempt = attempt,
            WorkerId = command.WorkerId,
            Meta = new() { Reason = reason, Command = command.EventType },
        });
    }

    /// <summary>The first sign of life hands the attempt over to the heartbeat timer; later ones are facts only with
    /// details, and move the deadline through transport state.</summary>
    private static void Beat(Draft draft, ActivationState visit)
    {
        var command = draft.Command;
        if (visit.Phase == ActivationPhase.Scheduled)
            draft.Record(EventTypes.ActionStarted, EventStatus.Running,
                FactBody.Of(visit, visit.StartSeq) with { WorkerId = command.WorkerId });
        if (command.EventType == CommandTypes.ActionHeartbeat && command.Details is { } details)
        {
            var bytes = JsonText.Bytes(details);
            if (bytes > SizeLimits.AnswerBytes || !JsonText.IsValid(details))
            {
                draft.Outcome = new DecisionOutcome.DeadLetter(
                    bytes > SizeLimits.AnswerBytes ? DlqCodes.Oversized : DlqCodes.WrongType,
                    $"details of a heartbeat have {bytes} bytes; at most {SizeLimits.AnswerBytes} of JSON are allowed");
                return;
            }
            draft.Record(EventTypes.ActionHeartbeat, EventStatus.Running,
                FactBody.Of(visit, visit.StartSeq) with { WorkerId = command.WorkerId, Context = details });
        }
        if (!draft.HasFacts) draft.Outcome = new DecisionOutcome.Ignored("a heartbeat");
    }

    private static StepError Sized(string? error)
    {
        var read = StepError.FromWorker(error);
        var bytes = JsonText.Bytes(error);
        return bytes <= SizeLimits.AnswerBytes / 4
            ? read : StepError.TooLarge("the worker's error", bytes, SizeLimits.AnswerBytes / 4);
    }
}
