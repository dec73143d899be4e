using KafkaFlow.Avro;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Codecs;

/// <summary>Registered playbooks.</summary>
internal sealed class PlaybookCodec : RecordCodec<PlaybookRecord>
{
    public PlaybookCodec()
        : base(Schemas.Playbook, Form)
    {
    }

    private static readonly FieldShape[] Fields =
    [
        new("path", FieldKind.Text, Required: true),
        new("version", FieldKind.Int, Required: true),
        new("content_hash", FieldKind.Text, Required: true),
        new("kind", FieldKind.Text, Required: true),
        new("source", FieldKind.Text, Required: true),
        new("created_at", FieldKind.Time, Required: true),
        new("created_by", FieldKind.Text),
    ];

    public static readonly RecordShape<PlaybookRecord> Form = new(Fields, FromFields, ToFields);

    public override PlaybookRecord Read(ref AvroReader reader, ref Envelope envelope)
    {
        var record = new PlaybookRecord
        {
            Path = Plain.Text(ref reader),
            Version = Plain.RequiredInt(ref reader),
            ContentHash = Plain.Text(ref reader),
            Kind = Plain.Text(ref reader),
            Source = Plain.Text(ref reader),
            CreatedAt = Plain.RequiredTime(ref reader),
            CreatedBy = Plain.NullableText(ref reader),
        };
        return record;
    }

    public override void Write(ref AvroWriter writer, PlaybookRecord r)
    {
        writer.WriteString(r.Path);
        writer.WriteInt(r.Version);
        writer.WriteString(r.ContentHash);
        writer.WriteString(r.Kind);
        writer.WriteString(r.Source);
        writer.WriteLong(r.CreatedAt.UnixMicros);
        writer.WriteNullableString(r.CreatedBy);
    }

    private static PlaybookRecord FromFields(object?[] values)
    {
        var f = new FieldCursor(values);
        return new PlaybookRecord
        {
            Path = f.RequiredText(),
            Version = f.Int()!.Value,
            ContentHash = f.RequiredText(),
            Kind = f.RequiredText(),
            Source = f.RequiredText(),
            CreatedAt = f.Time()!.Value,
            CreatedBy = f.Text(),
        };
    }

    private static object?[] ToFields(PlaybookRecord r) =>
    [
        r.Path, r.Version, r.ContentHash, r.Kind, r.Source, r.CreatedAt, r.CreatedBy,
    ];
}
