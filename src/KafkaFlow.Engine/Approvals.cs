using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Steps that wait for somebody's decision. It is recorded for ever, with who and why.</summary>
internal static class Approvals
{
    public const string NodeType = "approval";
    public const string Approve = "approve";
    public const string Reject = "reject";

    public static void Begin(Draft draft, Visit visit, StepNode node, string id)
    {
        var rule = node.Approval!;
        var who = rule.Who?.Render(visit.Variables) ?? Value.Null;
        var form = rule.Form?.Render(visit.Variables) ?? Value.Null;
        var actors = who.Kind == ValueKind.List ? who.Items : who.Kind == ValueKind.Null ? [] : [who];
        StepError? failure = (who.Error ?? form.Error) is { } problem
            ? StepError.Of(problem, who.IsError ? "who" : "form")
            : actors.Any(actor => actor.AsString is null)
                ? new(StepError.BadWait, $"who is {who.ToJson()}; expected a list of texts", false)
                : JsonText.Bytes(form.ToJson()) is var bytes && bytes > SizeLimits.AnswerBytes
                    ? StepError.TooLarge("the form", bytes, SizeLimits.AnswerBytes) : null;
        var context = StepStart.Context(visit.Args);
        StepStart.Record(draft, visit, node, id, EventStatus.Waiting, context, visit.Meta(draft) with
        {
            Who = failure is null ? [.. actors.Select(actor => actor.AsString!)] : [],
        });
        if (failure is not null)
        {
            StepEnd.Fail(draft, id, failure);
            return;
        }
        var waiting = draft.State.Activations[id];
        draft.Record(EventTypes.ApprovalRequested, EventStatus.Waiting, FactBody.Of(waiting, waiting.StartSeq) with
        {
            Context = form.ToJson(),
            Meta = new() { Who = waiting.Wait!.Who },
        });
        if (rule.TimeoutMs is { } limit)
            Waits.Arm(draft, draft.State.Activations[id], draft.Now.PlusMillis(limit), StepError.ApprovalTimeout);
    }

    public static void Decide(Draft draft)
    {
        var command = draft.Command;
        if (Refusal(draft.State, command, out var visit) is { } reason)
        {
            DecideRequest.Reject(draft, reason);
            return;
        }
        var isApproved = command.Decision == Approve;
        var seq = draft.Record(EventTypes.ApprovalDecided, isApproved ? EventStatus.Completed : EventStatus.Rejected,
            FactBody.Of(visit!, visit!.StartSeq) with
            {
                Context = command.Form,
                Meta = new() { Name = command.Decision, Actor = command.Actor, Reason = command.Reason },
            });
        if (isApproved)
        {
            StepEnd.Complete(draft, visit.Id, new() { Result = ResultOf(command), CauseSeq = seq });
            return;
        }
        var why = command.Reason is null ? "" : $": {command.Reason}";
        StepEnd.Fail(draft, visit.Id,
            new(StepError.Rejected, $"{command.Actor ?? "somebody"} rejected it{why}", false, ResultOf(command)),
            null, seq);
    }

    private static string? Refusal(ExecutionState state, Command command, out ActivationState? visit)
    {
        visit = null;
        if (command.Decision is not (Approve or Reject))
            return $"decision is '{command.Decision}'; expected {Approve} or {Reject}";
        if (command.Activation is null || !state.Activations.TryGetValue(command.Activation, out visit))
            return $"there is no activation {command.Activation}";
        if (visit.Phase != ActivationPhase.Waiting || visit.Wait is not { Signal: null, Child: null }
            || visit.NodeType != NodeType)
            return visit.IsLive ? $"{visit.Id} waits for no decision" : $"{visit.Id} has ended";
        if (visit.Wait.Who is { IsEmpty: false } who && !who.Contains(command.Actor ?? ""))
            return $"{command.Actor ?? "nobody (no actor)"} is not among {string.Join(", ", who)}";
        var bytes = JsonText.Bytes(command.Form);
        if (bytes > SizeLimits.AnswerBytes) return $"the form has {bytes} bytes; at most {SizeLimits.AnswerBytes}";
        return command.Form is { } form && !JsonText.IsValid(form) ? "the form is no JSON" : null;
    }

    private static string ResultOf(Command command) => JsonText.Write(command, static (writer, of) =>
    {
        writer.WriteStartObject();
        writer.WriteString("decision", of.Decision);
        writer.WriteString("actor", of.Actor);
        writer.Raw("form", of.Form);
        writer.WriteString("reason", of.Reason);
        writer.WriteEndObject();
    });
}
