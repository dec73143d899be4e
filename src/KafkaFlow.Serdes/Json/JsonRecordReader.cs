using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Codecs;

namespace KafkaFlow.Serdes.Json;

/// <summary>
/// Reads a record as one JSON object: names as in the schema, times as RFC 3339, JSON-valued fields as nested values
/// whose text is kept as it was written. After the first mistake it reads on only to learn who is meant.
/// </summary>
internal static class JsonRecordReader
{
    public static Decoded<T> Read<T>(RecordShape<T> shape, ReadOnlySpan<byte> utf8) where T : class
    {
        var envelope = default(Envelope);
        var values = new object?[shape.Fields.Count];
        if (!Utf8.IsValid(utf8))
        {
            envelope.Fail(DlqCodes.Undecodable, null, "the record starts like JSON but is not valid UTF-8");
            return new(null, envelope.Close(envelope.Error!));
        }
        ReadFields(shape, utf8, values, ref envelope);
        for (var i = 0; i < values.Length; i++)
        {
            var field = shape.Fields[i];
            if (!field.Required || values[i] is not null) continue;
            var missing = $"field {field.Name} is missing; expected {field.Expected}";
            envelope.Fail(DlqCodes.MissingField, field.Name, missing);
        }
        if (envelope.Error is { } error) return new(null, envelope.Close(error));
        var record = shape.Make(values);
        return shape.Check(record) is { } problem ? new(null, envelope.Close(problem)) : new(record, null);
    }

    private static void ReadFields<T>(
        RecordShape<T> shape, ReadOnlySpan<byte> utf8, object?[] values, ref Envelope envelope) where T : class
    {
        var reader = new Utf8JsonReader(utf8, JsonText.Strict);
        var seen = new HashSet<string>();
        string? field = null;
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (JsonText.EscapeProblem(in reader) is { } bad)
                {
                    envelope.Fail(DlqCodes.UnknownField, null, $"a field's name: {bad}");
                    reader.Skip();
                    continue;
                }
                var name = reader.GetString()!;
                field = Shown.Of(name);
                reader.Read();
                if (!seen.Add(name))
                    envelope.Fail(DlqCodes.Undecodable, field, $"field {field} stands twice");
                if (!shape.TryFind(name, out var index))
                    Unknown(shape, field, ref envelope);
                else if (ReadValue(ref reader, utf8, shape.Fields[index], ref envelope) is { } value)
                    Keep(shape.Fields[index], values, index, value, ref envelope);
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
            }
            reader.Read();
        }
        catch (JsonException e)
        {
            var where = field is null ? "" : $" (at or behind field {field})";
            var problem = $"the record is cut off or broken: {JsonText.Describe(e)}{where}";
            envelope.Fail(DlqCodes.Undecodable, field, problem);
        }
    }

    private static void Keep(FieldShape field, object?[] values, int index, object value, ref Envelope envelope)
    {
        values[index] = value;
        if (field.Name == "execution_id") envelope.ExecutionId = (string)value;
        if (field.Name == "task_id") envelope.TaskId = (string)value;
    }

    private static void Unknown<T>(RecordShape<T> shape, string name, ref Envelope envelope) where T : class
    {
        var near = shape.Fields.Select(f => f.Name).MinBy(f => EditDistance.Between(f, name))!;
        var hint = EditDistance.Between(near, name) <= 2 ? $"; did you mean {near}?" : "";
        envelope.Fail(DlqCodes.UnknownField, name, $"field {name} is unknown{hint}");
    }

    /// <returns>null if there is no value: JSON null, or of the wrong type, which is then noted.</returns>
    private static object? ReadValue(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, FieldShape field, ref Envelope envelope)
    {
        // null is "no value" everywhere but where a value of any kind is the point.
        if (reader.TokenType == JsonTokenType.Null) return field.Name == "value" ? "null" : null;
        if (field.Kind == FieldKind.Json) return Nested(ref reader, utf8, field, ref envelope);
        if (reader.TokenType == JsonTokenType.String && JsonText.EscapeProblem(in reader) is { } bad)
        {
            envelope.Fail(DlqCodes.WrongType, field.Name, $"field {field.Name}: {bad}");
            return null;
        }
        var value = Scalar(ref reader, field.Kind);
        if (value is null)
        {
            envelope.Fail(
                DlqCodes.WrongType, field.Name,
                $"field {field.Name}: expected {field.Expected}, found {Found(in reader)}");
        }
        return value;
    }

    private static object? Scalar(ref Utf8JsonReader reader, FieldKind kind)
    {
        var isText = reader.TokenType == JsonTokenType.String;
        var isNumber = reader.TokenType == JsonTokenType.Number;
        return kind switch
        {
            FieldKind.Text => isText ? reader.GetString() : null,
            FieldKind.Int => isNumber && reader.TryGetInt32(out var small) ? small : null,
            FieldKind.Long => isNumber && reader.TryGetInt64(out var large) ? large : null,
            FieldKind.Boolean when reader.TokenType is JsonTokenType.True or JsonTokenType.False => reader.GetBoolean(),
            FieldKind.Time => isText && Timestamp.TryParse(reader.GetString()!, out var time) ? time : null,
            FieldKind.Version when isNumber => reader.TryGetInt32(out var version) && version > 0 ? $"{version}" : null,
            FieldKind.Version => isText && CommandRules.IsVersion(reader.GetString()!) ? reader.GetString() : null,
            _ => null,
        };
    }

    private static string? Nested(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, FieldShape field, ref Envelope envelope)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var text = utf8[start..(int)reader.BytesConsumed];
        if (JsonText.Problem(text) is not { } problem) return Encoding.UTF8.GetString(text);
        envelope.Fail(DlqCodes.WrongType, field.Name, $"field {field.Name}: {problem}");
        return null;
    }

    private static string Found(in Utf8JsonReader reader)
    {
        var start = Shown.Of(Encoding.UTF8.GetString(reader.ValueSpan));
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => $"the text \"{start}\"",
            _ => start,
        };
    }
}
