using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KafkaFlow.Workers;

/// <summary>JSON text as this project writes it, and the checks that a result must pass.</summary>
internal static class Json
{
    public const int MaxDepth = 512;

    public static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
    };

    public static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaxDepth };

    public static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Writing)) write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <returns>null if the text is one JSON value that can be stored, else what is wrong and where.</returns>
    public static string? ProblemOf(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            var length = StrictUtf8.GetBytes(text, bytes);
            var reader = new Utf8JsonReader(bytes.AsSpan(0, length), new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
                    && reader.ValueIsEscaped && HoldsNul(ref reader))
                    return $"U+0000 in a text at byte {reader.TokenStartIndex}; it cannot be stored";
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or EncoderFallbackException)
        {
            return $"it is no JSON value: {e.Message}";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private static bool HoldsNul(ref Utf8JsonReader reader) =>
        reader.GetString()!.Contains('\0', StringComparison.Ordinal);
}
