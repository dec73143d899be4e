namespace KafkaFlow.Serdes.Codecs;

/// <summary>What a field holds; decides how it stands in JSON.</summary>
internal enum FieldKind
{
    Text,

    /// <summary>JSON text in C# and Avro, a nested value in JSON.</summary>
    Json,
    Int,
    Long,
    Boolean,

    /// <summary>Microseconds in Avro, RFC 3339 in JSON.</summary>
    Time,

    /// <summary>Text in C# and Avro; in JSON a number or "latest".</summary>
    Version,
}

/// <summary>One field of a record, in the order of its schema.</summary>
internal readonly record struct FieldShape(string Name, FieldKind Kind, bool Required = false)
{
    public string Expected => Kind switch
    {
        FieldKind.Text => "a text",
        FieldKind.Json => "any JSON value",
        FieldKind.Int => $"a whole number of {int.MinValue}..{int.MaxValue}",
        FieldKind.Long => "a whole number of 64 bits",
        FieldKind.Boolean => "true or false",
        FieldKind.Time => "a time as RFC 3339 writes it, such as 2026-01-31T12:00:00Z",
        FieldKind.Version => "a positive whole number or \"latest\"",
        _ => throw new InvalidOperationException($"no field kind {Kind}"),
    };
}

/// <summary>Hands out the values of a record's fields one after another, in the order of its schema.</summary>
internal struct FieldCursor(object?[] values)
{
    private int _next;

    public string? Text() => (string?)values[_next++];

    public string RequiredText() => (string)values[_next++]!;

    public int? Int() => (int?)values[_next++];

    public long? Long() => (long?)values[_next++];

    public bool? Boolean() => (bool?)values[_next++];

    public Contracts.Timestamp? Time() => (Contracts.Timestamp?)values[_next++];
}
