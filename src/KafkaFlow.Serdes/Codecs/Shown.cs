namespace KafkaFlow.Serdes.Codecs;

/// <summary>A piece of somebody's input for a message: its start, on one line.</summary>
internal static class Shown
{
    private const int MaxLength = 60;

    public static string Of(string text)
    {
        var start = text.Length <= MaxLength ? text : $"{text[..MaxLength]}..";
        return string.Create(start.Length, start, (shown, from) =>
        {
            for (var i = 0; i < shown.Length; i++) shown[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
    }
}
