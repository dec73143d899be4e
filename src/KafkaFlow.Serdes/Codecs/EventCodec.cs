using KafkaFlow.Avro;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Codecs;

/// <summary>Facts come from engines only, so their texts are taken as they are.</summary>
internal sealed class EventCodec : RecordCodec<ExecutionEvent>
{
    public EventCodec()
        : base(Schemas.ExecutionEvent, Form)
    {
    }

    private static readonly FieldShape[] Fields =
    [
        new("execution_id", FieldKind.Text, Required: true),
        new("seq", FieldKind.Long, Required: true),
        new("event_id", FieldKind.Text, Required: true),
        new("parent_event_id", FieldKind.Text),
        new("event_type", FieldKind.Text, Required: true),
        new("status", FieldKind.Text, Required: true),
        new("parent_execution_id", FieldKind.Text),
        new("playbook_path", FieldKind.Text),
        new("content_hash", FieldKind.Text),
        new("node_id", FieldKind.Text),
        new("node_name", FieldKind.Text),
        new("node_type", FieldKind.Text),
        new("activation", FieldKind.Text),
        new("worker_id", FieldKind.Text),
        new("traceparent", FieldKind.Text),
        new("playbook_version", FieldKind.Int),
        new("attempt", FieldKind.Int),
        new("context", FieldKind.Json),
        new("result", FieldKind.Json),
        new("meta", FieldKind.Json),
        new("error", FieldKind.Json),
        new("duration_ms", FieldKind.Long),
        new("created_at", FieldKind.Time, Required: true),
        new("epoch", FieldKind.Long, Required: true),
        new("part", FieldKind.Int, Required: true),
        new("parts", FieldKind.Int, Required: true),
        new("cause_partition", FieldKind.Int, Required: true),
        new("cause_offset", FieldKind.Long, Required: true),
    ];

    public static readonly RecordShape<ExecutionEvent> Form = new(Fields, FromFields, ToFields);

    public override ExecutionEvent Read(ref AvroReader reader, ref Envelope envelope)
    {
        var record = new ExecutionEvent
        {
            ExecutionId = Plain.Text(ref reader),
            Seq = Plain.RequiredLong(ref reader),
            EventId = Plain.Text(ref reader),
            ParentEventId = Plain.NullableText(ref reader),
            EventType = Plain.Text(ref reader),
            Status = Plain.Text(ref reader),
            ParentExecutionId = Plain.NullableText(ref reader),
            PlaybookPath = Plain.NullableText(ref reader),
            ContentHash = Plain.NullableText(ref reader),
            NodeId = Plain.NullableText(ref reader),
            NodeName = Plain.NullableText(ref reader),
            NodeType = Plain.NullableText(ref reader),
            Activation = Plain.NullableText(ref reader),
            WorkerId = Plain.NullableText(ref reader),
            Traceparent = Plain.NullableText(ref reader),
            PlaybookVersion = Plain.Int(ref reader),
            Attempt = Plain.Int(ref reader),
            Context = Plain.NullableText(ref reader),
            Result = Plain.NullableText(ref reader),
            Meta = Plain.NullableText(ref reader),
            Error = Plain.NullableText(ref reader),
            DurationMs = Plain.Long(ref reader),
            CreatedAt = Plain.RequiredTime(ref reader),
            Epoch = Plain.RequiredLong(ref reader),
            Part = Plain.RequiredInt(ref reader),
            Parts = Plain.RequiredInt(ref reader),
            CausePartition = Plain.RequiredInt(ref reader),
            CauseOffset = Plain.RequiredLong(ref reader),
        };
        if (reader.Failure == AvroReadFailure.None) envelope.ExecutionId = record.ExecutionId;
        return record;
    }

    public override void Write(ref AvroWriter writer, ExecutionEvent r)
    {
        writer.WriteString(r.ExecutionId);
        writer.WriteLong(r.Seq);
        writer.WriteString(r.EventId);
        writer.WriteNullableString(r.ParentEventId);
        writer.WriteString(r.EventType);
        writer.WriteString(r.Status);
        writer.WriteNullableString(r.ParentExecutionId);
        writer.WriteNullableString(r.PlaybookPath);
        writer.WriteNullableString(r.ContentHash);
        writer.WriteNullableString(r.NodeId);
        writer.WriteNullableString(r.NodeName);
        writer.WriteNullableString(r.NodeType);
        writer.WriteNullableString(r.Activation);
        writer.WriteNullableString(r.WorkerId);
        writer.WriteNullableString(r.Traceparent);
        writer.WriteNullableInt(r.PlaybookVersion);
        writer.WriteNullableInt(r.Attempt);
        writer.WriteNullableString(r.Context);
        writer.WriteNullableString(r.Result);
        writer.WriteNullableString(r.Meta);
        writer.WriteNullableString(r.Error);
        writer.WriteNullableLong(r.DurationMs);
        writer.WriteLong(r.CreatedAt.UnixMicros);
        writer.WriteLong(r.Epoch);
        writer.WriteInt(r.Part);
        writer.WriteInt(r.Parts);
        writer.WriteInt(r.CausePartition);
        writer.WriteLong(r.CauseOffset);
    }

    private static ExecutionEvent FromFields(object?[] values)
    {
        var f = new FieldCursor(values);
        return new ExecutionEvent
        {
            ExecutionId = f.RequiredText(),
            Seq = f.Long()!.Value,
            EventId = f.RequiredText(),
            ParentEventId = f.Text(),
            EventType = f.RequiredText(),
            Status = f.RequiredText(),
            ParentExecutionId = f.Text(),
            PlaybookPath = f.Text(),
            ContentHash = f.Text(),
            NodeId = f.Text(),
            NodeName = f.Text(),
            NodeType = f.Text(),
            Activation = f.Text(),
            WorkerId = f.Text(),
            Traceparent = f.Text(),
            PlaybookVersion = f.Int(),
            Attempt = f.Int(),
            Context = f.Text(),
            Result = f.Text(),
            Meta = f.Text(),
            Error = f.Text(),
            DurationMs = f.Long(),
            CreatedAt = f.Time()!.Value,
            Epoch = f.Long()!.Value,
            Part = f.Int()!.Value,
            Parts = f.Int()!.Value,
            CausePartition = f.Int()!.Value,
            CauseOffset = f.Long()!.Value,
        };
    }

    private static object?[] ToFields(ExecutionEvent r) =>
    [
        r.ExecutionId, r.Seq, r.EventId, r.ParentEventId, r.EventType, r.Status, r.ParentExecutionId, r.PlaybookPath,
        r.ContentHash, r.NodeId, r.NodeName, r.NodeType, r.Activation, r.WorkerId, r.Traceparent, r.PlaybookVersion,
        r.Attempt, r.Context, r.Result, r.Meta, r.Error, r.DurationMs, r.CreatedAt, r.Epoch, r.Part, r.Parts,
        r.CausePartition, r.CauseOffset,
    ];
}
