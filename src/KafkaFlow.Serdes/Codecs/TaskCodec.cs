using KafkaFlow.Avro;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Codecs;

/// <summary>Tasks come from engines only, so their texts are taken as they are.</summary>
internal sealed class TaskCodec : RecordCodec<TaskRecord>
{
    public TaskCodec()
        : base(Schemas.Task, Form)
    {
    }

    private static readonly FieldShape[] Fields =
    [
        new("task_id", FieldKind.Text, Required: true),
        new("execution_id", FieldKind.Text, Required: true),
        new("activation", FieldKind.Text, Required: true),
        new("attempt", FieldKind.Int, Required: true),
        new("step", FieldKind.Text, Required: true),
        new("node_type", FieldKind.Text, Required: true),
        new("playbook_path", FieldKind.Text, Required: true),
        new("playbook_version", FieldKind.Int, Required: true),
        new("content_hash", FieldKind.Text, Required: true),
        new("task_hash", FieldKind.Text, Required: true),
        new("input", FieldKind.Json),
        new("auth", FieldKind.Json),
        new("timeout_ms", FieldKind.Long),
        new("heartbeat_ms", FieldKind.Long),
        new("deadline_at", FieldKind.Time),
        new("heartbeat_details", FieldKind.Json),
        new("reply_topic", FieldKind.Text, Required: true),
        new("reply_partition", FieldKind.Int, Required: true),
        new("parent_event_id", FieldKind.Text),
        new("traceparent", FieldKind.Text),
        new("created_at", FieldKind.Time, Required: true),
    ];

    public static readonly RecordShape<TaskRecord> Form = new(Fields, FromFields, ToFields);

    public override TaskRecord Read(ref AvroReader reader, ref Envelope envelope)
    {
        var record = new TaskRecord
        {
            TaskId = Plain.Text(ref reader),
            ExecutionId = Plain.Text(ref reader),
            Activation = Plain.Text(ref reader),
            Attempt = Plain.RequiredInt(ref reader),
            Step = Plain.Text(ref reader),
            NodeType = Plain.Text(ref reader),
            PlaybookPath = Plain.Text(ref reader),
            PlaybookVersion = Plain.RequiredInt(ref reader),
            ContentHash = Plain.Text(ref reader),
            TaskHash = Plain.Text(ref reader),
            Input = Plain.NullableText(ref reader),
            Auth = Plain.NullableText(ref reader),
            TimeoutMs = Plain.Long(ref reader),
            HeartbeatMs = Plain.Long(ref reader),
            DeadlineAt = Plain.Time(ref reader),
            HeartbeatDetails = Plain.NullableText(ref reader),
            ReplyTopic = Plain.Text(ref reader),
            ReplyPartition = Plain.RequiredInt(ref reader),
            ParentEventId = Plain.NullableText(ref reader),
            Traceparent = Plain.NullableText(ref reader),
            CreatedAt = Plain.RequiredTime(ref reader),
        };
        if (reader.Failure == AvroReadFailure.None) envelope.ExecutionId = record.ExecutionId;
        return record;
    }

    public override void Write(ref AvroWriter writer, TaskRecord r)
    {
        writer.WriteString(r.TaskId);
        writer.WriteString(r.ExecutionId);
        writer.WriteString(r.Activation);
        writer.WriteInt(r.Attempt);
        writer.WriteString(r.Step);
        writer.WriteString(r.NodeType);
        writer.WriteString(r.PlaybookPath);
        writer.WriteInt(r.PlaybookVersion);
        writer.WriteString(r.ContentHash);
        writer.WriteString(r.TaskHash);
        writer.WriteNullableString(r.Input);
        writer.WriteNullableString(r.Auth);
        writer.WriteNullableLong(r.TimeoutMs);
        writer.WriteNullableLong(r.HeartbeatMs);
        writer.WriteNullableLong(r.DeadlineAt?.UnixMicros);
        writer.WriteNullableString(r.HeartbeatDetails);
        writer.WriteString(r.ReplyTopic);
        writer.WriteInt(r.ReplyPartition);
        writer.WriteNullableString(r.ParentEventId);
        writer.WriteNullableString(r.Traceparent);
        writer.WriteLong(r.CreatedAt.UnixMicros);
    }

    private static TaskRecord FromFields(object?[] values)
    {
        var f = new FieldCursor(values);
        return new TaskRecord
        {
            TaskId = f.RequiredText(),
            ExecutionId = f.RequiredText(),
            Activation = f.RequiredText(),
            Attempt = f.Int()!.Value,
            Step = f.RequiredText(),
            NodeType = f.RequiredText(),
            PlaybookPath = f.RequiredText(),
            PlaybookVersion = f.Int()!.Value,
            ContentHash = f.RequiredText(),
            TaskHash = f.RequiredText(),
            Input = f.Text(),
            Auth = f.Text(),
            TimeoutMs = f.Long(),
            HeartbeatMs = f.Long(),
            DeadlineAt = f.Time(),
            HeartbeatDetails = f.Text(),
            ReplyTopic = f.RequiredText(),
            ReplyPartition = f.Int()!.Value,
            ParentEventId = f.Text(),
            Traceparent = f.Text(),
            CreatedAt = f.Time()!.Value,
        };
    }

    private static object?[] ToFields(TaskRecord r) =>
    [
        r.TaskId, r.ExecutionId, r.Activation, r.Attempt, r.Step, r.NodeType, r.PlaybookPath, r.PlaybookVersion,
        r.ContentHash, r.TaskHash, r.Input, r.Auth, r.TimeoutMs, r.HeartbeatMs, r.DeadlineAt, r.HeartbeatDetails,
        r.ReplyTopic, r.ReplyPartition, r.ParentEventId, r.Traceparent, r.CreatedAt,
    ];
}
