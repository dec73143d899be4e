using System.Text;

namespace KafkaFlow.Expressions.Library;

/// <summary>Base64. Padding may be left out when decoding.</summary>
internal static class EncoderFunctions
{
    public static readonly FunctionEntry[] Globals =
    [
        new("base64.encode", 1, 1, static (f, a) => a[0].Object is BytesValue bytes
            ? Encode(f, bytes.Data)
            : Failure.NoOverload("base64.encode", a)),
        new("base64.decode", 1, 1, static (f, a) => a[0].Object is string text
            ? TryDecode(f, text, out byte[] data) ? Value.Bytes(data) : f.Fatal ?? Malformed
            : Failure.NoOverload("base64.decode", a)),
    ];

    public static Value Malformed => Failure.Invalid("the text is not base64");

    public static Value Encode(Frame frame, byte[] data) =>
        frame.ChargeText(data.Length * 4L / 3) ? Value.String(Convert.ToBase64String(data)) : frame.Stopped;

    public static Value EncodeText(Frame frame, string text) =>
        frame.ChargeText(text.Length * 2L) ? Encode(frame, Encoding.UTF8.GetBytes(text)) : frame.Stopped;

    public static bool TryDecode(Frame frame, string text, out byte[] data)
    {
        data = [];
        if (!frame.ChargeText(text.Length))
            return false;
        string padded = text.TrimEnd('=');
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        var buffer = new byte[padded.Length / 4 * 3];
        if (!Convert.TryFromBase64String(padded, buffer, out int written))
            return false;
        data = buffer[..written];
        return true;
    }
}
