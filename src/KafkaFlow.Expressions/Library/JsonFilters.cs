using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary>Filters to and from JSON and base64.</summary>
internal static class JsonFilters
{
    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static readonly FunctionEntry[] All =
    [
        new("tojson", 0, 0, ToJson, []),
        new("to_json", 0, 0, ToJson, []),
        new("fromjson", 0, 0, FromJson, []),
        new("from_json", 0, 0, FromJson, []),
        new("b64encode", 0, 0, static (f, a) => a[0].Object is BytesValue bytes
            ? EncoderFunctions.Encode(f, bytes.Data)
            : ValueText.Bounded(a[0]) is { } text ? EncoderFunctions.EncodeText(f, text) : TextFilters.TooLong(f), []),
        new("b64decode", 0, 0, Decode, []),
    ];

    private static Value ToJson(Frame frame, ReadOnlySpan<Value> a)
    {
        string? text = JsonWriter.Write(a[0], JsonLayout.Template, ExpressionLimits.TextChars);
        if (text is null)
            return TextFilters.TooLong(frame);
        return frame.ChargeText(text.Length) ? Value.String(text) : frame.Stopped;
    }

    private static Value FromJson(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text)
            return Failure.NoOverload("fromjson", a);
        return frame.ChargeText(text.Length * 4L) ? Value.FromJson(text) : frame.Stopped;
    }

    private static Value Decode(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text)
            return Failure.NoOverload("b64decode", a);
        if (!EncoderFunctions.TryDecode(frame, text, out byte[] data))
            return frame.Fatal ?? EncoderFunctions.Malformed;
        try
        {
            return Value.String(StrictUtf8.GetString(data));
        }
        catch (DecoderFallbackException)
        {
            return Failure.Invalid("b64decode gives bytes that are not UTF-8");
        }
    }
}
