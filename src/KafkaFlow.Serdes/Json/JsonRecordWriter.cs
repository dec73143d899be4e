using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Codecs;

namespace KafkaFlow.Serdes.Json;

/// <summary>Writes what <see cref="JsonRecordReader"/> reads; fields without value are left out.</summary>
internal static class JsonRecordWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        // Records are read by programs and by people on a terminal, never pasted into HTML unescaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write<T>(RecordShape<T> shape, T record) where T : class
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options)) Write(writer, shape, record);
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="ArgumentException">A JSON-valued field holds no JSON.</exception>
    public static void Write<T>(Utf8JsonWriter writer, RecordShape<T> shape, T record) where T : class
    {
        var values = shape.Values(record);
        writer.WriteStartObject();
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is not { } value) continue;
            var field = shape.Fields[i];
            if (field.Kind == FieldKind.Json && JsonText.Problem((string)value) is { } problem)
                throw new ArgumentException($"field {field.Name}: {problem}");
            writer.WritePropertyName(field.Name);
            WriteValue(writer, field.Kind, value);
        }
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, FieldKind kind, object value)
    {
        switch (value)
        {
            case string json when kind == FieldKind.Json:
                writer.WriteRawValue(json);
                break;
            case string version when kind == FieldKind.Version
                && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                writer.WriteNumberValue(number);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case int small:
                writer.WriteNumberValue(small);
                break;
            case long large:
                writer.WriteNumberValue(large);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case Timestamp time:
                writer.WriteStringValue(time.ToString());
                break;
            default:
                throw new InvalidOperationException($"no JSON form for {value.GetType()}");
        }
    }
}
