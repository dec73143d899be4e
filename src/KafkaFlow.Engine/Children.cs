using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Steps that are executions of their own. The child's id follows from the activation, so that starting it
/// twice is starting it once.</summary>
internal static class Children
{
    public const string Worker = "engine";
    private const int KeptOfLongId = 90;
    private const int HashOfLongId = 16;

    public static void BeginStep(Draft draft, Visit visit, StepNode node, string id)
    {
        var child = Plan(draft, node, id, visit.Args, visit.Variables);
        StepStart.Record(draft, visit, node, id, EventStatus.Waiting, child.Context,
            visit.Meta(draft) with { Child = child.Started });
        Start(draft, id, child);
    }

    public static void BeginItem(Draft draft, ActivationState owner, StepNode body, string id, int index,
        List<KeyValuePair<string, Value>> args, ScopeVariables variables)
    {
        var child = Plan(draft, body, id, args, variables);
        ItemLoops.Record(draft, owner, body, id, index, child.Context,
            new() { GraphVersion = draft.State.GraphVersion, Child = child.Started });
        Start(draft, id, child);
    }

    /// <summary>The child's end, reported like a worker's answer.</summary>
    public static void Ended(Draft draft, ActivationState visit)
    {
        var command = draft.Command;
        var error = command.EventType == CommandTypes.ActionFailed ? StepError.FromWorker(command.Error) : null;
        var status = error?.Code switch
        {
            null => EventStatus.Completed,
            StepError.ChildCancelled => EventStatus.Cancelled,
            StepError.ChildRejected => EventStatus.Rejected,
            _ => EventStatus.Failed,
        };
        var seq = draft.Record(EventTypes.ChildEnded, status, FactBody.Of(visit, visit.StartSeq) with
        {
            WorkerId = Worker,
            Result = command.Result is { } result && JsonText.Bytes(result) <= SizeLimits.AnswerBytes ? result : null,
            Error = error?.ToJson(visit.Step, visit.Attempt),
            Meta = new() { Child = visit.Wait!.Child },
        });
        if (draft.State.Status == ExecutionStatus.Closing && draft.NodeOf(visit.Id).Role == StepRole.Flow)
            return; // it was awaited only: closing goes on and cancels the step
        if (error is null)
            ActivationEnd.Complete(draft, visit.Id,
                new() { Result = command.Result ?? "null", Answer = command, CauseSeq = seq });
        else ActivationEnd.Fail(draft, visit.Id, error with { Retryable = false }, command, seq);
    }

    /// <returns>What a child's end tells its parent; null for an execution without one.</returns>
    public static Command? Report(ExecutionEvent terminal, FactMeta meta)
    {
        if (meta.Parent is not { } json) return null;
        using var document = JsonDocument.Parse(json, JsonText.Reading);
        var parent = document.RootElement;
        var isOk = terminal.EventType == EventTypes.ExecutionCompleted;
        return new()
        {
            EventType = isOk ? CommandTypes.ActionCompleted : CommandTypes.ActionFailed,
            ExecutionId = parent.GetProperty("execution_id").GetString()!,
            TaskId = parent.GetProperty("task_id").GetString(),
            Activation = parent.GetProperty("activation").GetString(),
            Attempt = parent.GetProperty("attempt").GetInt32(),
            TaskHash = parent.TryGetProperty("task_hash", out var hash) ? hash.GetString() : null,
            WorkerId = Worker,
            Result = isOk ? meta.Value ?? terminal.Result ?? "null" : null,
            Error = isOk ? null : ErrorOf(terminal),
            DurationMs = terminal.DurationMs,
        };
    }

    /// <summary>The value a parent asked for instead of the result; null where it asked for none.</summary>
    public static string? ReturnValue(ExecutionState state)
    {
        if (state.Begun.Parent is not { } json) return null;
        using var document = JsonDocument.Parse(json, JsonText.Reading);
        return document.RootElement.TryGetProperty("return_step", out var step) && step.GetString() is { } name
            ? state.VisitsOf(name).Completed is { } id ? Results.Of(state, id) ?? "null" : "null" : null;
    }

    /// <returns>How deep an execution is nested; 0 without a parent.</returns>
    public static int DepthOf(string? parent)
    {
        if (parent is null) return 0;
        using var document = JsonDocument.Parse(parent, JsonText.Reading);
        return document.RootElement.TryGetProperty("depth", out var depth) ? depth.GetInt32() : 1;
    }

    /// <summary><c>PARENT~STEP.VISIT.ITEM.ATTEMPT</c>; a long one is shortened by its hash.</summary>
    internal static string IdOf(string parent, string activation, int attempt)
    {
        var place = activation.Replace('#', '.').Replace('[', '.').Replace("]", "", StringComparison.Ordinal);
        var id = string.Create(CultureInfo.InvariantCulture, $"{parent}~{place}.{attempt}");
        if (id.Length <= ExecutionIds.MaxLength) return id;
        var hash = Base32(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
        return $"{id[..KeptOfLongId]}~{hash[..HashOfLongId]}";
    }

    /// <summary>The command that starts the child of a <c>child_started</c>.</summary>
    public static Command StartOf(ExecutionState after, ExecutionEvent fact, FactMeta meta)
    {
        using var document = JsonDocument.Parse(fact.Context!, JsonText.Reading);
        var context = document.RootElement;
        return new()
        {
            EventType = CommandTypes.ExecutionStarted,
            ExecutionId = meta.Child!,
            EventId = $"{meta.Child}!start",
            PlaybookPath = context.GetProperty("path").GetString(),
            PlaybookVersion = context.TryGetProperty("version", out var version) ? version.GetString() : null,
            Payload = context.TryGetProperty("payload", out var payload) ? payload.GetRawText() : null,
            Parent = ParentOf(after, fact, meta, context),
        };
    }

    private static string ParentOf(ExecutionState after, ExecutionEvent fact, FactMeta meta, JsonElement context) =>
        JsonText.Write((after, fact, meta, context), static (writer, of) =>
        {
            writer.WriteStartObject();
            writer.WriteString("execution_id", of.fact.ExecutionId);
            writer.WriteString("task_id",
                TaskRecord.IdOf(of.fact.ExecutionId, of.fact.Activation!, of.fact.Attempt ?? 1));
            writer.WriteString("activation", of.fact.Activation);
            writer.WriteNumber("attempt", of.fact.Attempt ?? 1);
            writer.WriteString("task_hash", of.meta.TaskHash);
            writer.WriteNumber("partition", of.after.Partition);
            writer.WriteNumber("depth", DepthOf(of.after.Begun.Parent) + 1);
            if (of.context.TryGetProperty("return_step", out var step))
                writer.WriteString("return_step", step.GetString());
            writer.WriteEndObject();
        });

    private static void Start(Draft draft, string id, ChildPlan child)
    {
        if (child.Failure is { } failure)
        {
            ActivationEnd.Fail(draft, id, failure);
            return;
        }
        var waiting = draft.State.Activations[id];
        draft.Record(EventTypes.ChildStarted, EventStatus.Waiting, FactBody.Of(waiting, waiting.StartSeq) with
        {
            Context = child.Context,
            Meta = new() { Child = child.Id, AwaitCancel = child.AwaitCancel, TaskHash = child.Hash },
        });
        Waits.ArmTotal(draft, id);
    }

    /// <summary>A step gives its child up: the child is cancelled, its end not awaited.</summary>
    public static void GiveUp(Draft draft, ActivationState visit, string reason) =>
        draft.Record(EventTypes.ChildEnded, EventStatus.Cancelled, FactBody.Of(visit, visit.StartSeq) with
        {
            Meta = new() { Child = visit.Wait!.Child, Reason = reason },
        });

    private static ChildPlan Plan(
        Draft draft, StepNode node, string activation, List<KeyValuePair<string, Value>> args, ScopeVariables variables)
    {
        var rule = node.Child!;
        var path = rule.Path.Render(variables);
        var version = rule.Version?.Render(variables) ?? Value.Null;
        var failure = path.Error is { } problem ? StepError.Of(problem, "path")
            : path.AsString is not { Length: > 0 }
                ? new(StepError.BadChild, $"path is {path.ToJson()}; expected the path of a playbook", false)
            : version.Error is { } wrong ? StepError.Of(wrong, "version") : TaskInput.Own(node, args, variables);
        var depth = DepthOf(draft.State.Begun.Parent) + 1;
        if (depth > draft.Limits.MaxDepth)
            failure ??= new(StepError.LimitExceeded, $"max_depth: {depth}, at most {draft.Limits.MaxDepth}", false);
        var context = failure is null ? Context(path.AsString!, version, rule.ReturnStep, args) : null;
        if (JsonText.Bytes(context) is var bytes && bytes > SizeLimits.AnswerBytes)
            (failure, context) = (StepError.TooLarge("the payload", bytes, SizeLimits.AnswerBytes), null);
        return new(IdOf(draft.State.ExecutionId, activation, 1), context, CanonicalJson.Hash(context),
            rule.AwaitCancel, failure);
    }

    private static string Context(
        string path, Value version, string? returnStep, List<KeyValuePair<string, Value>> args)
    {
        List<KeyValuePair<string, Value>> fields = [new("path", Value.String(path))];
        if (version.Kind != ValueKind.Null)
            fields.Add(new("version", Value.String(version.AsString ?? version.ToJson())));
        if (returnStep is not null) fields.Add(new("return_step", Value.String(returnStep)));
        fields.Add(new("payload", Value.Map(args)));
        return Value.Map(fields).ToJson();
    }

    private static string ErrorOf(ExecutionEvent terminal)
    {
        var isCancelled = terminal.EventType == EventTypes.ExecutionCancelled;
        var inner = terminal.Error is null ? null : StepError.FromWorker(terminal.Error);
        var message = isCancelled ? $"execution {terminal.ExecutionId} was cancelled"
            : $"execution {terminal.ExecutionId} failed: {inner?.Code}: {inner?.Message}";
        return new StepError(isCancelled ? StepError.ChildCancelled : StepError.ChildFailed, message, false,
            terminal.Error).ToJson(null, null);
    }

    /// <summary>RFC 4648, lower case.</summary>
    private static string Base32(byte[] bytes)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        var text = new StringBuilder();
        for (var bit = 0; bit + 5 <= bytes.Length * 8; bit += 5)
        {
            var pair = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[(bit / 8) + 1] : 0);
            text.Append(Alphabet[(pair >> (11 - (bit % 8))) & 31]);
        }
        return text.ToString();
    }

    private sealed record ChildPlan(string Id, string? Context, string Hash, bool AwaitCancel, StepError? Failure)
    {
        public string? Started => Failure is null ? Id : null;
    }
}
