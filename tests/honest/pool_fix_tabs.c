/* honest: lesson=pool, exercise=fix, file=pool2d_fix.c, style=tabs, odd blanks */
# include   "kernels/pool2d/pool2d.h"

	void
pool2d_average_forward_fix	( const pool2d_shape * s , const float * x , float * y )
	{
	int	plane , oh , ow , ih , iw ;

	for ( plane = 0 ; plane < s -> n * s -> c ; plane ++ )
	for ( oh = 0 ; oh < s -> oh ; oh ++ )
	for ( ow = 0 ; ow < s -> ow ; ow ++ )
		{
		float	sum = 0.0f ;
		int	count = 0 ;		/* those that are there */

		for ( ih = oh * s -> stride_h - s -> pad_top ;
		      ih < oh * s -> stride_h - s -> pad_top + s -> kernel_h ; ih ++ )
		for ( iw = ow * s -> stride_w - s -> pad_left ;
		      iw < ow * s -> stride_w - s -> pad_left + s -> kernel_w ; iw ++ )
			{
			if ( ih < 0 || ih >= s -> h || iw < 0 || iw >= s -> w )
				continue ;
			sum += x [ ( plane * s -> h + ih ) * s -> w + iw ] ;
			count ++ ;
			}
		y [ ( plane * s -> oh + oh ) * s -> ow + ow ] = sum / ( float ) count ;
		}
	}
