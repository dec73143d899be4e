using KafkaFlow.Avro;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Codecs;

/// <summary>Commands come from anybody, so their texts are checked while they are read.</summary>
internal sealed class CommandCodec : RecordCodec<Command>
{
    public CommandCodec()
        : base(Schemas.Command, Form)
    {
    }

    private static readonly FieldShape[] Fields =
    [
        new("event_type", FieldKind.Text, Required: true),
        new("execution_id", FieldKind.Text, Required: true),
        new("event_id", FieldKind.Text),
        new("actor", FieldKind.Text),
        new("reason", FieldKind.Text),
        new("created_at", FieldKind.Time),
        new("playbook_path", FieldKind.Text),
        new("playbook_version", FieldKind.Version),
        new("content_hash", FieldKind.Text),
        new("payload", FieldKind.Json),
        new("parent", FieldKind.Json),
        new("origin_partition", FieldKind.Int),
        new("origin_offset", FieldKind.Long),
        new("not_found", FieldKind.Boolean),
        new("start_hash", FieldKind.Text),
        new("task_id", FieldKind.Text),
        new("activation", FieldKind.Text),
        new("attempt", FieldKind.Int),
        new("task_hash", FieldKind.Text),
        new("worker_id", FieldKind.Text),
        new("result", FieldKind.Json),
        new("details", FieldKind.Json),
        new("error", FieldKind.Json),
        new("duration_ms", FieldKind.Long),
        new("name", FieldKind.Text),
        new("decision", FieldKind.Text),
        new("form", FieldKind.Json),
        new("force", FieldKind.Boolean),
        new("patch", FieldKind.Json),
        new("expected_version", FieldKind.Int),
        new("step", FieldKind.Text),
        new("value", FieldKind.Json),
        new("timer_id", FieldKind.Text),
        new("due_at", FieldKind.Time),
        new("cursor", FieldKind.Text),
    ];

    public static readonly RecordShape<Command> Form = new(Fields, FromFields, ToFields, CommandRules.Problem);

    public override Command Read(ref AvroReader reader, ref Envelope envelope)
    {
        var eventType = CheckedText.Required(ref reader, ref envelope, "event_type");
        var executionId = CheckedText.Required(ref reader, ref envelope, "execution_id");
        if (reader.Failure == AvroReadFailure.None) envelope.ExecutionId = executionId;
        var command = new Command
        {
            EventType = eventType,
            ExecutionId = executionId,
            EventId = CheckedText.Nullable(ref reader, ref envelope, "event_id"),
            Actor = CheckedText.Nullable(ref reader, ref envelope, "actor"),
            Reason = CheckedText.Nullable(ref reader, ref envelope, "reason"),
            CreatedAt = CheckedText.Time(ref reader, ref envelope, "created_at"),
            PlaybookPath = CheckedText.Nullable(ref reader, ref envelope, "playbook_path"),
            PlaybookVersion = CheckedText.Nullable(ref reader, ref envelope, "playbook_version"),
            ContentHash = CheckedText.Nullable(ref reader, ref envelope, "content_hash"),
            Payload = CheckedText.Json(ref reader, ref envelope, "payload"),
            Parent = CheckedText.Json(ref reader, ref envelope, "parent"),
            OriginPartition = Plain.Int(ref reader),
            OriginOffset = Plain.Long(ref reader),
            NotFound = Plain.Boolean(ref reader),
            StartHash = CheckedText.Nullable(ref reader, ref envelope, "start_hash"),
            TaskId = envelope.TaskId = CheckedText.Nullable(ref reader, ref envelope, "task_id"),
            Activation = CheckedText.Nullable(ref reader, ref envelope, "activation"),
            Attempt = Plain.Int(ref reader),
            TaskHash = CheckedText.Nullable(ref reader, ref envelope, "task_hash"),
            WorkerId = CheckedText.Nullable(ref reader, ref envelope, "worker_id"),
            Result = CheckedText.Json(ref reader, ref envelope, "result"),
            Details = CheckedText.Json(ref reader, ref envelope, "details"),
            Error = CheckedText.Json(ref reader, ref envelope, "error"),
            DurationMs = Plain.Long(ref reader),
            Name = CheckedText.Nullable(ref reader, ref envelope, "name"),
            Decision = CheckedText.Nullable(ref reader, ref envelope, "decision"),
            Form = CheckedText.Json(ref reader, ref envelope, "form"),
            Force = Plain.Boolean(ref reader),
            Patch = CheckedText.Json(ref reader, ref envelope, "patch"),
            ExpectedVersion = Plain.Int(ref reader),
            Step = CheckedText.Nullable(ref reader, ref envelope, "step"),
            Value = CheckedText.Json(ref reader, ref envelope, "value"),
            TimerId = CheckedText.Nullable(ref reader, ref envelope, "timer_id"),
            DueAt = CheckedText.Time(ref reader, ref envelope, "due_at"),
            Cursor = CheckedText.Nullable(ref reader, ref envelope, "cursor"),
        };
        return command;
    }

    public override void Write(ref AvroWriter writer, Command c)
    {
        writer.WriteString(c.EventType);
        writer.WriteString(c.ExecutionId);
        writer.WriteNullableString(c.EventId);
        writer.WriteNullableString(c.Actor);
        writer.WriteNullableString(c.Reason);
        writer.WriteNullableLong(c.CreatedAt?.UnixMicros);
        writer.WriteNullableString(c.PlaybookPath);
        writer.WriteNullableString(c.PlaybookVersion);
        writer.WriteNullableString(c.ContentHash);
        writer.WriteNullableString(c.Payload);
        writer.WriteNullableString(c.Parent);
        writer.WriteNullableInt(c.OriginPartition);
        writer.WriteNullableLong(c.OriginOffset);
        writer.WriteNullableBoolean(c.NotFound);
        writer.WriteNullableString(c.StartHash);
        writer.WriteNullableString(c.TaskId);
        writer.WriteNullableString(c.Activation);
        writer.WriteNullableInt(c.Attempt);
        writer.WriteNullableString(c.TaskHash);
        writer.WriteNullableString(c.WorkerId);
        writer.WriteNullableString(c.Result);
        writer.WriteNullableString(c.Details);
        writer.WriteNullableString(c.Error);
        writer.WriteNullableLong(c.DurationMs);
        writer.WriteNullableString(c.Name);
        writer.WriteNullableString(c.Decision);
        writer.WriteNullableString(c.Form);
        writer.WriteNullableBoolean(c.Force);
        writer.WriteNullableString(c.Patch);
        writer.WriteNullableInt(c.ExpectedVersion);
        writer.WriteNullableString(c.Step);
        writer.WriteNullableString(c.Value);
        writer.WriteNullableString(c.TimerId);
        writer.WriteNullableLong(c.DueAt?.UnixMicros);
        writer.WriteNullableString(c.Cursor);
    }

    private static Command FromFields(object?[] values)
    {
        var f = new FieldCursor(values);
        return new Command
        {
            EventType = f.RequiredText(),
            ExecutionId = f.RequiredText(),
            EventId = f.Text(),
            Actor = f.Text(),
            Reason = f.Text(),
            CreatedAt = f.Time(),
            PlaybookPath = f.Text(),
            PlaybookVersion = f.Text(),
            ContentHash = f.Text(),
            Payload = f.Text(),
            Parent = f.Text(),
            OriginPartition = f.Int(),
            OriginOffset = f.Long(),
            NotFound = f.Boolean(),
            StartHash = f.Text(),
            TaskId = f.Text(),
            Activation = f.Text(),
            Attempt = f.Int(),
            TaskHash = f.Text(),
            WorkerId = f.Text(),
            Result = f.Text(),
            Details = f.Text(),
            Error = f.Text(),
            DurationMs = f.Long(),
            Name = f.Text(),
            Decision = f.Text(),
            Form = f.Text(),
            Force = f.Boolean(),
            Patch = f.Text(),
            ExpectedVersion = f.Int(),
            Step = f.Text(),
            Value = f.Text(),
            TimerId = f.Text(),
            DueAt = f.Time(),
            Cursor = f.Text(),
        };
    }

    private static object?[] ToFields(Command c) =>
    [
        c.EventType, c.ExecutionId, c.EventId, c.Actor, c.Reason, c.CreatedAt, c.PlaybookPath, c.PlaybookVersion,
        c.ContentHash, c.Payload, c.Parent, c.OriginPartition, c.OriginOffset, c.NotFound, c.StartHash, c.TaskId,
        c.Activation, c.Attempt, c.TaskHash, c.WorkerId, c.Result, c.Details, c.Error, c.DurationMs, c.Name, c.Decision,
        c.Form, c.Force, c.Patch, c.ExpectedVersion, c.Step, c.Value, c.TimerId, c.DueAt, c.Cursor,
    ];
}
