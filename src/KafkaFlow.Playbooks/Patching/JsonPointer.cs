using System.Globalization;

namespace KafkaFlow.Playbooks.Patching;

/// <summary>A place in a JSON document, RFC 6901.</summary>
internal sealed class JsonPointer
{
    private JsonPointer(string text, IReadOnlyList<string> tokens) => (Text, Tokens) = (text, tokens);

    public string Text { get; }

    /// <summary>Names and indexes from the root on, unescaped; empty for the whole document.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <returns>The pointer; null if the text is none, with the reason.</returns>
    public static JsonPointer? Parse(string text, out string reason)
    {
        reason = "";
        if (text.Length == 0) return new(text, []);
        if (text[0] != '/')
        {
            reason = "a pointer is empty or begins with /";
            return null;
        }
        for (var i = text.IndexOf('~'); i >= 0; i = text.IndexOf('~', i + 1))
        {
            if (i + 1 < text.Length && text[i + 1] is '0' or '1') continue;
            reason = "~ stands before 0 (for ~) or 1 (for /) only";
            return null;
        }
        return new(text, [.. text[1..].Split('/').Select(Unescape)]);
    }

    /// <summary>Whether this is the place itself or one around it.</summary>
    public bool IsPrefixOf(JsonPointer other) => Tokens.SequenceEqual(other.Tokens.Take(Tokens.Count));

    /// <returns>The index a token stands for: digits without a leading zero; else null.</returns>
    public static int? IndexOf(string token)
    {
        var isIndex = token.Length > 0 && token.All(char.IsAsciiDigit) && (token.Length == 1 || token[0] != '0');
        return isIndex && int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index : null;
    }

    // ~1 first: "~01" is "~1" and not "/".
    private static string Unescape(string token) =>
        token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
