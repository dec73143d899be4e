using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KafkaFlow.Engine;

/// <summary>JSON as text: written compactly, members in the order given, text outside ASCII left readable.</summary>
internal static class JsonText
{
    private const int MaxDepth = 256;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
        SkipValidation = true,
    };

    public static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaxDepth };

    private const int KeptBytes = 64 * 1024;
    [ThreadStatic] private static ArrayBufferWriter<byte>? _idleBuffer;
    [ThreadStatic] private static Utf8JsonWriter? _idleWriter;

    public static string Write<T>(T content, Action<Utf8JsonWriter, T> write)
    {
        // Taken while it is in use: writing may nest.
        var buffer = _idleBuffer ?? new ArrayBufferWriter<byte>(1024);
        var writer = _idleWriter ?? new Utf8JsonWriter(buffer, Options);
        (_idleBuffer, _idleWriter) = (null, null);
        writer.Reset(buffer);
        write(writer, content);
        writer.Flush();
        var text = Encoding.UTF8.GetString(buffer.WrittenSpan);
        if (buffer.Capacity > KeptBytes) return text;
        buffer.ResetWrittenCount();
        (_idleBuffer, _idleWriter) = (buffer, writer);
        return text;
    }

    /// <summary>Writes JSON text as it stands.</summary>
    public static void Raw(this Utf8JsonWriter writer, string name, string? json)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(json ?? "null", skipInputValidation: true);
    }

    public static int Bytes(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);

    /// <summary>Bytes of a fact's JSON columns.</summary>
    public static int BytesOf(KafkaFlow.Contracts.ExecutionEvent fact) =>
        Bytes(fact.Context) + Bytes(fact.Result) + Bytes(fact.Meta) + Bytes(fact.Error);

    public static bool IsValid(string json)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(json.Length));
        try
        {
            var length = Encoding.UTF8.GetBytes(json, bytes);
            var reader = new Utf8JsonReader(bytes.AsSpan(0, length), new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
